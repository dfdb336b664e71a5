#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A private MariaDB for tests, in a folder of its own, on a Unix socket only.
#
#   tests/support/mariadb.sh run COMMAND…    start, run COMMAND, stop, remove; exit status of COMMAND
#   . tests/support/mariadb.sh               mariadb_start and mariadb_stop for scripts
#
# Exports SEKISHO_TEST_SOCKET (root, no password), SEKISHO_TEST_DATABASE ("sekisho", holding the
# tables of sql/NNNN_*.sql; SEKISHO_TEST_EMPTY=1 leaves them out) and SEKISHO_TEST_MARIADB_PID.
# SEKISHO_TEST_MARIADB_ARGS: further arguments of the server.
# SEKISHO_TEST_CACHE: folder in which an empty database folder is kept to be copied.
# Server and COMMAND end with this script, even if it is killed: a timeout leaves no process.
# Without MariaDB's server programs the status is 77, which ctest reports as skipped.

mariadb_find_root() {
	if [ -n "${SEKISHO_SOURCE:-}" ]; then
		printf '%s\n' "$SEKISHO_SOURCE"
	else
		(cd "$(dirname "$0")/../.." && pwd)
	fi
}

mariadb_install() { # folder
	mariadb-install-db --no-defaults --user="$mariadb_user" --datadir="$1" \
		--auth-root-authentication-method=normal --skip-test-db --skip-name-resolve \
		--innodb-log-file-size=8M >"$mariadb_dir/install.log" 2>&1 || {
		cat "$mariadb_dir/install.log" >&2
		return 1
	}
}

# A copy of a folder made earlier takes a fraction of the time that making one takes. What is kept is
# an empty server of this version and user; its name appears only once it is whole.
mariadb_folder() {
	if [ ! -w "${SEKISHO_TEST_CACHE:-/nowhere}" ]; then
		mariadb_install "$mariadb_dir/data"
		return
	fi
	mariadb_kept=$(mariadbd --version | cksum | cut -d' ' -f1)
	mariadb_kept=$SEKISHO_TEST_CACHE/mariadb-$mariadb_user-$mariadb_kept
	(
		flock 9
		[ -d "$mariadb_kept" ] || {
			rm -rf "$mariadb_kept.new"
			mariadb_install "$mariadb_kept.new" && mv "$mariadb_kept.new" "$mariadb_kept"
		}
	) 9>"$mariadb_kept.lock" || return 1
	cp -a --reflink=auto "$mariadb_kept" "$mariadb_dir/data"
}

mariadb_start() {
	PATH=$PATH:/usr/sbin:/sbin
	mariadb_root=$(mariadb_find_root)
	mariadb_dir=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-db.XXXXXX")
	chmod 0700 "$mariadb_dir"
	mariadb_user=$(id -un)
	mariadb_folder || return 1
	setpriv --pdeathsig TERM mariadbd --no-defaults --user="$mariadb_user" \
		--datadir="$mariadb_dir/data" \
		--socket="$mariadb_dir/db.sock" --pid-file="$mariadb_dir/pid" --skip-networking \
		--secure-timestamp=YES --character-set-server=utf8mb4 \
		--collation-server=utf8mb4_general_ci --innodb-buffer-pool-size=16M \
		--innodb-log-file-size=8M --innodb-flush-log-at-trx-commit=2 \
		--performance-schema=OFF --key-buffer-size=1M --default-time-zone=+00:00 \
		${SEKISHO_TEST_MARIADB_ARGS:-} >"$mariadb_dir/server.log" 2>&1 &
	SEKISHO_TEST_MARIADB_PID=$!
	SEKISHO_TEST_SOCKET=$mariadb_dir/db.sock
	SEKISHO_TEST_DATABASE=sekisho
	export SEKISHO_TEST_SOCKET SEKISHO_TEST_DATABASE SEKISHO_TEST_MARIADB_PID
	mariadb_wait && mariadb_schema
}

mariadb_client() {
	mariadb --no-defaults --socket="$SEKISHO_TEST_SOCKET" --user=root \
		--default-character-set=utf8mb4 "$@"
}

mariadb_wait() {
	mariadb_tries=0
	until mariadb_client -e 'SELECT 1' >/dev/null 2>&1; do
		mariadb_tries=$((mariadb_tries + 1))
		if [ "$mariadb_tries" -gt 600 ] || ! kill -0 "$SEKISHO_TEST_MARIADB_PID" 2>/dev/null
		then
			cat "$mariadb_dir/server.log" >&2
			return 1
		fi
		sleep 0.1
	done
}

mariadb_schema() {
	mariadb_client -e 'CREATE DATABASE sekisho CHARACTER SET utf8mb4' || return 1
	if [ -n "${SEKISHO_TEST_EMPTY:-}" ]; then
		return 0
	fi
	for mariadb_file in "$mariadb_root"/sql/[0-9][0-9][0-9][0-9]_*.sql; do
		mariadb_client sekisho <"$mariadb_file" || return 1
	done
}

mariadb_stop() {
	if [ -n "${SEKISHO_TEST_MARIADB_PID:-}" ]; then
		kill -CONT "$SEKISHO_TEST_MARIADB_PID" 2>/dev/null
		kill -TERM "$SEKISHO_TEST_MARIADB_PID" 2>/dev/null
		wait "$SEKISHO_TEST_MARIADB_PID" 2>/dev/null
		SEKISHO_TEST_MARIADB_PID=
	fi
	if [ -n "${mariadb_dir:-}" ]; then
		rm -rf "$mariadb_dir"
	fi
}

if [ "${1:-}" = run ] && [ "$(basename "$0")" = mariadb.sh ]; then
	shift
	trap 'mariadb_stop' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	if ! PATH=$PATH:/usr/sbin:/sbin command -v mariadbd >/dev/null; then
		echo "SKIPPED: mariadbd is not installed"
		exit 77
	fi
	mariadb_start || exit 99
	setpriv --pdeathsig KILL "$@"
	exit
fi
