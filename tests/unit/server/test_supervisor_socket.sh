#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# sekishod on a database that somebody else runs (database = socket): a safe server is used, one
# without secure_timestamp is refused. Run by tests/support/mariadb.sh.
# usage: test_supervisor_socket.sh FOLDER_OF_PROGRAMS TEST_ROLE safe|unsafe
set -u
programs=$1
role=$2
kind=$3
dir=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-sv.XXXXXX")
chmod 0755 "$dir"
# The roles come under other identities; the test's root account goes.
chmod 0711 "$(dirname "$SEKISHO_TEST_SOCKET")"
supervisor=

finish() {
	[ -n "$supervisor" ] && kill -TERM "$supervisor" 2>/dev/null && wait "$supervisor"
	[ "$1" -ne 0 ] && cat "$dir/log"
	rm -rf "$dir"
	exit "$1"
}
fail() {
	echo "FAILED: $1"
	finish 1
}

password=$(od -An -tx1 -N16 /dev/urandom | tr -d ' \n')
mariadb --no-defaults --socket="$SEKISHO_TEST_SOCKET" --user=root <<EOF || fail "an admin account"
CREATE USER admin_@localhost IDENTIFIED BY '$password';
GRANT ALL ON sekisho.* TO admin_@localhost WITH GRANT OPTION;
GRANT CREATE USER ON *.* TO admin_@localhost;
ALTER USER root@localhost ACCOUNT LOCK;
EOF
mkdir "$dir/bin"
cp "$programs/sekishod" "$programs/sekisho-migrate" "$dir/bin"
for name in keeper authority worker forward mail web edge broker replay saml oidc; do
	cp "$role" "$dir/bin/sekisho-$name"
done
(umask 077 && echo "$password" >"$dir/password")
address=127.$((64 + $$ / 65536)).$(($$ / 256 % 256)).$(($$ % 256)) # nobody else has our pid
cat >"$dir/conf" <<EOF
data_dir = $dir/data
listen_address = "$address"
listen_port = 20443
database = socket
database_socket = $SEKISHO_TEST_SOCKET
database_admin = admin_
database_admin_password_file = $dir/password
EOF
setpriv --pdeathsig TERM "$dir/bin/sekishod" --config "$dir/conf" >"$dir/log" 2>&1 &
supervisor=$!
tries=0
until grep -qE 'event=(ready|stopped)' "$dir/log"; do
	tries=$((tries + 1))
	[ "$tries" -gt 600 ] && fail "neither ready nor stopped"
	sleep 0.1
done
if [ "$kind" = safe ]; then
	grep -q 'event=ready' "$dir/log" || fail "a safe server is used"
	echo "ok: a safe server is used"
	kill -TERM "$supervisor"
	wait "$supervisor" || fail "an orderly end"
	supervisor=
	finish 0
fi
wait "$supervisor" && fail "a refused server is a failure"
supervisor=
grep -q 'secure_timestamp=YES' "$dir/log" || fail "the setting is named"
grep -q 'event=started' "$dir/log" && fail "no role starts on an unsafe server"
echo "ok: a server without secure_timestamp is refused"
finish 0
