#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# defects.sh [NAME…]: plants one defect after another (cmake/defects.cmake) in a build of its own and runs the test that must
# notice. Fails when one stays green, or goes red for another reason. Not in ./test: each defect is a build.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=${SEKISHO_DEFECT_BUILD:-build/defect}

# defect, test program (or: kill9 = the load driver's own judge), words that the failure must hold
rows='skip_fsync test_recording what_is_written_is_on_disk_within_a_second
skip_fsync test_keeper a_checkpoint_is_remembered_before_it_is_signed
skip_lease_check test_live a_revoked_lease_releases_nothing
forward_before_recording test_recording failed_write_is_final_and_releases_nothing
accept_replayed_grant test_tunnel grant.replayed
accept_replayed_code test_keeper totp_code_counts_once
lend_exclusive_twice test_access races_have_exactly_one_winner
end_anybodys_session test_live a_second_attempt_ends_nobody_elses_session
believe_broken_keeper test_keeper malformed_answer_breaks_the_client
forget_commit kill9 confirmed.and.lost'

programs="sekishod sekishoctl sekisho-verify sekisho-migrate sekisho-keeper sekisho-authority sekisho-worker sekisho-forward
  sekisho-web sekisho-edge sekisho-broker sekisho-replay sekisho-gateway sekisho-backup"

build_with() { # defect or nothing; targets
  cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DSEKISHO_PORTAL=OFF -DSEKISHO_DEFECT="$1" >"$build.log" 2>&1 &&
    cmake --build "$build" --target "${@:2}" >>"$build.log" 2>&1 || { tail -20 "$build.log"; return 1; }
}

run() { # test program or kill9
  if [ "$1" = kill9 ]; then
    SEKISHO_BIN=$PWD/$build/bin tests/faults/kill9.sh 3 1
  else
    ctest --test-dir "$build" --output-on-failure --timeout 300 -R "^$1\$"
  fi
}

bad=0
mkdir -p "$(dirname "$build")"
while read -r defect test words; do
  if [ $# -gt 0 ] && [[ " $* " != *" $defect "* ]]; then continue; fi
  target=$test
  [ "$test" != kill9 ] || target=$programs
  [ "$test" != test_tunnel ] || target="test_tunnel sekisho-gateway"
  # shellcheck disable=SC2086
  build_with "$defect" $target || { bad=1; continue; }
  out=$(run "$test" 2>&1 </dev/null) && status=green || status=red
  if [ "$status" = red ] && ! grep -qE "$words" <<<"$out"; then status="red for another reason"; fi
  printf '%-26s %-16s %s\n' "$defect" "$test" "$status"
  [ "$status" = red ] || { bad=1; tail -30 <<<"$out"; }
done <<<"$rows"
rm -rf "$build/bin" # nothing with a defect is left lying about
exit $bad
