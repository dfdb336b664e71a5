#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# sekishod with stand-in roles (tests/support/test_role.c): restarts, new channel ends, sessions, the
# orderly end. usage: test_supervisor.sh FOLDER_OF_PROGRAMS TEST_ROLE
set -u
programs=$1
role=$2
dir=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-sv.XXXXXX")
chmod 0755 "$dir"
log=$dir/log
supervisor=
failed=0

finish() {
	if [ -n "$supervisor" ]; then
		kill -TERM "$supervisor" 2>/dev/null
		wait "$supervisor" 2>/dev/null
	fi
	if [ "$failed" -ne 0 ]; then
		cat "$log"
	fi
	rm -rf "$dir"
	exit "$failed"
}
fail() {
	echo "FAILED: $1"
	failed=1
	finish
}
trap 'fail interrupted' INT TERM

# wait_log PATTERN COUNT WHAT: until at least COUNT lines match.
wait_log() {
	tries=0
	while [ "$(grep -c -- "$1" "$log")" -lt "$2" ]; do
		tries=$((tries + 1))
		[ "$tries" -gt 600 ] && fail "$3"
		sleep 0.1
	done
	echo "ok: $3"
}
child() {
	pgrep -P "$supervisor" -f "$1" | head -1
}
# Not even waiting to be reaped by somebody else.
alive() {
	state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -c1)
	[ -n "$state" ] && [ "$state" != Z ] && [ "$state" != X ]
}
# wait_fd NAME WHAT: until sekishod has that open, and lives.
wait_fd() {
	until readlink "/proc/$supervisor/fd/"* | grep -q "$1"; do
		alive "$supervisor" || fail "$2"
		sleep 0.05
	done
	echo "ok: $2"
}
count() {
	grep -c -- "$1" "$log"
}

# Programs with sanitizers are not confined, and their mlock() does nothing.
seccomp=yes
grep -qE '__(asan|tsan)_init' "$role" && seccomp=no
mkdir "$dir/bin"
cp "$programs/sekishod" "$programs/sekisho-migrate" "$dir/bin"
for name in keeper authority worker forward mail web edge broker replay saml oidc; do
	cp "$role" "$dir/bin/sekisho-$name"
done
address=127.$((64 + $$ / 65536)).$(($$ / 256 % 256)).$(($$ % 256)) # nobody else has our pid
cat >"$dir/conf" <<EOF
data_dir = $dir/data
listen_address = "$address"
listen_port = 20443
mariadb_sync = false
log_level = debug
EOF

start() {
	setpriv --pdeathsig TERM "$dir/bin/sekishod" --config "$dir/conf" >>"$log" 2>&1 &
	supervisor=$!
}

start
wait_log 'event=ready' 1 "every role reports ready on an empty folder"
wait_log 'role=edge event=heard from=web' 1 "channels join the roles"
for name in keeper authority worker mail web edge; do
	wait_log "role=authority event=role_report of=$name seccomp=$seccomp memory=locked" 1 "authority hears what confines $name"
done
if [ "$(id -u)" -eq 0 ]; then
	users=$(ps -o uid= --ppid "$supervisor" | sort -u | wc -l)
	[ "$users" -eq 7 ] || fail "each process runs under an identity of its own ($users)"
	echo "ok: each process runs under an identity of its own"
fi
[ ! -e "$dir/data/run/init.sql" ] || fail "the init file with the password is removed"
[ "$(stat -c %a "$dir/data/run/ctl.sock")" = 600 ] || fail "the control socket is the owner's"

authority=$(child '^sekisho-authority')
kill -KILL "$(child '^sekisho-web')"
wait_log 'role=authority event=heard from=web' 2 "authority gets a new channel to a restarted web"
wait_log 'role=edge event=heard from=web' 2 "edge gets a new channel to a restarted web"
kill -KILL "$(child '^sekisho-edge')"
wait_log 'role=web event=heard from=edge' 3 "web gets a new channel to a restarted edge"
kill -KILL "$(child '^sekisho-worker')"
wait_log 'role=authority event=heard from=worker' 2 "authority gets a new channel to a restarted worker"
[ "$(child '^sekisho-authority')" = "$authority" ] || fail "authority survives its siblings"
grep -q 'event=child_ended child=web .*restart_ms=10' "$log" || fail "a restart is logged"

kill -USR1 "$authority"
wait_log 'event=session_started' 1 "authority starts a session process"
session=$(child '^sekisho-broker')
kill -KILL "$session"
wait_log 'event=session_process_ended' 1 "the end of a session process is noticed"
[ "$(child '^sekisho-authority')" = "$authority" ] || fail "a dead session touches nobody else"
kill -USR1 "$authority"
wait_log 'event=session_started' 2 "another session starts"

database=$(child mariadbd)
kill -KILL "$database"
wait_log 'event=database_ready' 2 "a dead database is started again"
[ "$(child '^sekisho-authority')" = "$authority" ] || fail "the roles outlive the database"

kill -KILL "$(child '^sekisho-keeper')"
wait_log 'child=keeper .*with="all roles"' 1 "the end of keeper restarts all roles"
wait_log 'role=keeper event=heard from=authority' 2 "they find each other again"
wait_log 'event=session_over' 1 "sessions end with their authority"
[ "$(child '^sekisho-authority')" != "$authority" ] || fail "authority was started again"

"$dir/bin/sekishod" --config "$dir/conf" >"$dir/second" 2>&1 && fail "a second sekishod is refused"
grep -q 'Another sekishod uses' "$dir/second" || fail "a second sekishod says why"
echo "ok: a second sekishod is refused"

processes=$(ps -o pid= --ppid "$supervisor")
kill -TERM "$supervisor"
wait "$supervisor"
status=$?
supervisor=
[ "$status" -eq 0 ] || fail "an orderly end ($status)"
for process in $processes; do
	alive "$process" && fail "nothing is left ($process)"
done
grep -q 'event=stop_forced' "$log" && fail "nobody had to be forced"
echo "ok: SIGTERM stops everything in order"

: >"$log"
start
wait_log 'event=ready' 1 "the same folder starts again"
[ "$(count 'database_install')" -eq 0 ] || fail "an existing database is kept"
wait_log 'event=schema_current applied=0' 1 "a current schema is left alone"
processes=$(ps -o pid= --ppid "$supervisor")
kill -KILL "$supervisor"
wait "$supervisor" 2>/dev/null
supervisor=
for process in $processes; do
	tries=0
	while alive "$process"; do
		tries=$((tries + 1))
		[ "$tries" -gt 600 ] && fail "children die with a killed supervisor ($process)"
		sleep 0.1
	done
done
echo "ok: children die with a killed supervisor"

# As a child that is on its way out would: somebody still has the lock and the port.
: >"$log"
mkfifo "$dir/release"
python3 -c 'import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((sys.argv[1], 20443))
s.listen()
print("held", flush=True)
sys.stdin.read()' "$address" <"$dir/release" >"$log" &
exec 3>"$dir/release"
wait_log held 1 "the port is taken"
: >"$log"
exec 4>>"$dir/data/run/lock"
flock 4
start 3>&- 4>&- # the holder waits for the end of this pipe
wait_fd /run/lock "it waits for the lock"
exec 4>&-
wait_fd socket: "then for the port"
exec 3>&-
wait_log 'event=ready' 1 "a lock and a port that are left in a moment are waited for"
kill -TERM "$supervisor"
wait "$supervisor"
supervisor=

: >"$log"
start
wait_log 'event=ready' 1 "it starts once more"
kill -USR2 "$(child '^sekisho-authority')"
wait "$supervisor"
status=$?
supervisor=
[ "$status" -eq 78 ] || fail "a role that only the owner can help ends sekishod ($status)"
grep -q 'event=start_refused child=authority' "$log" || fail "and that is said"
echo "ok: a role that only the owner can help is not started for ever"

# Whoever may not lock memory is warned, once. Root may always: be somebody else.
if [ "$(id -u)" -eq 0 ] && [ "$seccomp" = yes ]; then
	mkdir "$dir/unlocked"
	sed "s|^data_dir = .*|data_dir = $dir/unlocked/data|" "$dir/conf" >"$dir/conf.unlocked"
	chown 65534:65534 "$dir/unlocked" "$dir/conf.unlocked"
	: >"$log"
	prlimit --memlock=0:0 setpriv --reuid 65534 --regid 65534 --clear-groups --pdeathsig TERM \
		"$dir/bin/sekishod" --config "$dir/conf.unlocked" >>"$log" 2>&1 &
	supervisor=$!
	wait_log 'event=role_report of=.* memory="not locked"' 5 "roles report memory that is not locked"
	[ "$(count 'event=memory_not_locked')" -eq 1 ] || fail "unlocked memory is warned of once"
	echo "ok: unlocked memory is warned of once"
fi
finish
