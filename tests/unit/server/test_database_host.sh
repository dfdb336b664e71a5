#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The whole of sekishod on a database that is reached by TCP (database = host): TLS, its certificate
# and its name are demanded, and what does not hold is refused with the reason.
# usage: test_database_host.sh FOLDER_OF_PROGRAMS SOURCE_FOLDER
set -u
programs=$1
source=$2
address=127.$((64 + $$ / 65536)).$(($$ / 256 % 256)).$(($$ % 256)) # nobody else has our pid
port=13306
authority() { # name
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
		-keyout "$dir/$1.key" -out "$dir/$1.pem" 2>/dev/null
}
certificate() { # name, subject's alternative names
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
		-keyout "$dir/$1.key" -out "$dir/$1.csr" 2>/dev/null
	printf 'subjectAltName=%s\n' "$2" >"$dir/ext"
	openssl x509 -req -in "$dir/$1.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial \
		-days 2 -extfile "$dir/ext" -out "$dir/$1.pem" 2>/dev/null
}

if [ "${3:-}" != inner ]; then
	dir=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-host.XXXXXX")
	chmod 0755 "$dir"
	trap 'rm -rf "$dir"' EXIT
	address=127.$((64 + $$ / 65536)).$(($$ / 256 % 256)).$(($$ % 256)) # nobody else has our pid
	authority ca
	authority other
	certificate server "IP:$address,DNS:database.test"
	certificate stranger DNS:elsewhere.test
	tcp="--skip-networking=0 --bind-address=$address --port=$port"
	export SEKISHO_TEST_EMPTY=1 SEKISHO_HOST_DIR="$dir" SEKISHO_HOST_ADDRESS="$address"
	for kind in good wrong_ca wrong_name plain; do
		who=server
		[ "$kind" = wrong_name ] && who=stranger
		more="$tcp --ssl-cert=$dir/$who.pem --ssl-key=$dir/$who.key"
		[ "$kind" = plain ] && more="$tcp --skip-ssl"
		SEKISHO_TEST_MARIADB_ARGS=$more "$source/tests/support/mariadb.sh" run \
			"$0" "$programs" "$source" inner "$kind" || exit
	done
	exit 0
fi

kind=$4 dir=$SEKISHO_HOST_DIR address=$SEKISHO_HOST_ADDRESS
log=$dir/$kind.log
supervisor=
finish() {
	[ -n "$supervisor" ] && kill -TERM "$supervisor" 2>/dev/null && wait "$supervisor"
	[ "$1" -ne 0 ] && tail -40 "$log"
	exit "$1"
}
fail() {
	echo "FAILED: $kind: $1"
	finish 1
}

password=$(od -An -tx1 -N16 /dev/urandom | tr -d ' \n')
secure="REQUIRE SSL"
[ "$kind" = plain ] && secure="" # whoever speaks in clear would get in
mariadb --no-defaults --socket="$SEKISHO_TEST_SOCKET" --user=root <<SQL || fail "an admin account"
CREATE USER dba@'%' IDENTIFIED BY '$password' $secure;
GRANT ALL ON sekisho.* TO dba@'%' WITH GRANT OPTION;
GRANT CREATE USER ON *.* TO dba@'%';
SQL
(umask 077 && echo "$password" >"$dir/password")
ca=$dir/ca.pem name=$address
[ "$kind" = wrong_ca ] && ca=$dir/other.pem
# As root the good case goes by name, which confined roles must be able to look up.
if [ "$kind" = good ] && [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then
	name=database.test
	printf '127.0.0.1 localhost\n%s %s\n' "$address" "$name" >"$dir/hosts"
fi
cat >"$dir/$kind.conf" <<CONF
data_dir = $dir/$kind.data
listen_address = "$address"
listen_port = 20443
public_url = "https://$address:20443"
database = host
database_host = "$name"
database_port = $port
database_ca_file = $ca
database_admin = dba
database_admin_password_file = $dir/password
CONF
if [ "$name" = database.test ]; then
	# shellcheck disable=SC2016 ; the inner shell expands
	unshare --mount setpriv --pdeathsig TERM sh -c 'mount --bind "$1/hosts" /etc/hosts && exec "$2" --config "$3"' sh \
		"$dir" "$programs/sekishod" "$dir/$kind.conf" >"$log" 2>&1 &
else
	setpriv --pdeathsig TERM "$programs/sekishod" --config "$dir/$kind.conf" >"$log" 2>&1 &
fi
supervisor=$!
ctl() { "$programs/sekishoctl" --socket "$dir/$kind.data/run/ctl.sock" "$@"; }
tries=0
until grep -qE 'event=(ready|stopped)' "$log"; do
	tries=$((tries + 1))
	[ "$tries" -gt 600 ] && fail "neither ready nor stopped"
	sleep 0.1
done
if [ "$kind" = good ]; then
	grep -q 'event=ready' "$log" || fail "a server that proves itself is used"
	tries=0
	until ctl bootstrap admin | grep -q /enrol#; do
		tries=$((tries + 1))
		[ "$tries" -gt 600 ] && fail "the first administrator"
		sleep 0.1
	done
	# Worker has numbered what authority wrote, web has read it: three accounts, each by TLS.
	tries=0
	until curl -fsk "https://$address:20443/api/v1/health" >"$dir/health" && grep -q '"status":"ok"' "$dir/health"; do
		tries=$((tries + 1))
		[ "$tries" -gt 600 ] && fail "healthy: $(cat "$dir/health")"
		sleep 0.1
	done
	tries=0
	until [ "$(mariadb --no-defaults --socket="$SEKISHO_TEST_SOCKET" --user=root -N -e \
		"SELECT COUNT(DISTINCT user) FROM information_schema.processlist WHERE user LIKE 'sekisho_%'")" -ge 3 ]; do
		tries=$((tries + 1))
		[ "$tries" -gt 600 ] && fail "three accounts are connected"
		sleep 0.1
	done
	count=$(mariadb --no-defaults --socket="$SEKISHO_TEST_SOCKET" --user=root -N -e \
		"SELECT COUNT(*) FROM mysql.user WHERE user LIKE 'sekisho_%' AND ssl_type = 'ANY' AND host = '%'")
	[ "$count" -ge 3 ] || fail "three accounts may come by TLS only, not $count"
	if command -v mariadb-dump >/dev/null && [ "$name" = "$address" ]; then
		"$programs/sekisho-backup" --config "$dir/$kind.conf" make "$dir/backup" >/dev/null || fail "a backup"
	fi
	grep -E 'sandbox_failed|database\.' "$log" && fail "nothing is amiss in the log"
	kill -TERM "$supervisor"
	wait "$supervisor" || fail "an orderly end"
	supervisor=
	echo "ok: good: a server that proves itself is used"
	finish 0
fi
grep -q 'event=ready' "$log" && fail "a server that does not prove itself is refused"
wait "$supervisor" && fail "a refused server is a failure"
supervisor=
grep -q 'reason=database.tls' "$log" || fail "the log says that TLS does not hold"
grep -q 'role=authority' "$log" && fail "no role starts"
grep -o 'reason=database.tls text="[^"]*"' "$log" | head -1 | sed "s/^/ok: $kind: /"
finish 0
