#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The stages of ./test, in order; each is a function below. `./test NAME…` runs some of them.
#   build     release build, warnings are errors, portal included
#   style     layout, include graph, function sizes
#   unit      every unit and database test of the release build
#   portal    type check, lint and unit tests of the portal
#   asan      the same unit tests under AddressSanitizer and UBSan
#   tsan      threaded parts under ThreadSanitizer
#   analyzer  gcc -fanalyzer over all our C
#   lint      cppcheck and clang-tidy
#             analyzer and lint run beside unit and what follows, when that is run, too
#   flow      real processes end to end: site, gateway, sessions, faults
#   attack    the API from its description, attackers inside our processes, planted secrets looked for
#   faults    a short share of what tests/faults does: kill -9 under load, calls that fail, full disks, clock jumps; and of tests/guess
#   bench     the smallest round of each figure, so that they keep running; asserts no speed
#   story     the whole story in Chromium, Japanese and English
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
jobs=$(nproc)
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1

all="build style unit portal asan tsan analyzer lint flow attack faults bench story"
case "${1:-}" in -h | --help) sed -n '3,17s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
stages=${*:-$all}
say() { printf '\n\033[1m==> %s\033[0m\n' "$*"; }

configure() { # preset, extra cmake arguments; TARGET: no more than that is built
  local preset=$1
  shift
  mkdir -p build
  cmake --preset "$preset" -DSEKISHO_WERROR=ON "$@" >"build/configure-$preset.log" 2>&1 ||
    { tail -30 "build/configure-$preset.log"; return 1; }
  cmake --build --preset "$preset" -j "$jobs" ${TARGET:+--target "$TARGET"} >"build/build-$preset.log" 2>&1 ||
    { grep -E -A8 'error|FAILED|warning' "build/build-$preset.log" | head -60; return 1; }
}

# Three times as many as processors: most of a test is waiting for other processes, disks and limits.
run_ctest() { ctest --test-dir "build/$1" --output-on-failure -j $((3 * jobs)) --timeout 900 "${@:2}"; }

stage_style() { tests/style/check.sh; }
# Packages and npm mostly wait for the network: what needs neither is compiled meanwhile.
stage_build() {
  local packages portal bad=0
  packaging/deps.sh test bench &
  packages=$!
  portal/build.sh &
  portal=$!
  TARGET=tests_threads configure tsan || bad=1
  wait "$portal" && configure release || bad=1
  wait "$packages" || bad=1
  return $bad
}
stage_unit() { run_ctest release; }
stage_portal() { portal/check.sh; }
stage_asan() { configure asan && run_ctest asan; }
stage_tsan() { TARGET=tests_threads configure tsan && run_ctest tsan -L threads; }
stage_lint() { configure release && tests/style/lint.sh; }
stage_analyzer() { configure analyzer; }
stage_flow() { tests/flow/run-all.sh; }
stage_attack() {
  local bad=0
  tests/attack/api.sh || bad=1
  tests/containment/run.sh || bad=1
  tests/canary/run.sh || bad=1
  return $bad
}
stage_faults() ( # two at a time
  . tests/support/beside.sh
  beside kill9 tests/faults/kill9.sh 10 1
  beside nth tests/faults/nth.sh --sample 8 --seed 3
  beside trouble tests/faults/trouble.sh --seconds 1 --troubles recordings-full,recordings-read-only,database-deadlocked
  beside clock tests/faults/clock.sh
  beside guess tests/guess/run.sh build/release --guesses 300 --accounts 60 --owners 3 --idle 0 --least 3 --pause 0.5 --threads 24 --kept 5 --processes 2 --soonest 0.15
  beside_end
)
stage_bench() { tests/bench/run.sh --smoke; }
stage_story() { tests/story/run.sh; }

packaging/deps.sh build run || exit 1
[[ " $stages " = *" build "* ]] || packaging/deps.sh test || exit 1
passed=0 failed=0 summary=""
note() { # stage, its result, seconds
  local word=passed
  if [ "$2" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)) word=FAILED; fi
  summary="$summary$(printf '  %-9s %-7s %4d s' "$1" "$word" "$3")"$'\n'
}

# These two need processors and nothing else, the stages from unit on mostly wait: in a run of both they go on beside them.
beside="analyzer lint"
beside_pid=""
beside_start() {
  rm -rf build/beside
  mkdir -p build/beside
  (
    renice -n 19 "$BASHPID" >/dev/null
    for stage in $beside; do
      [[ " $stages " = *" $stage "* ]] || continue
      started=$SECONDS
      "stage_$stage" >"build/beside/$stage.log" 2>&1
      echo "$? $((SECONDS - started))" >"build/beside/$stage.result"
    done
  ) &
  beside_pid=$!
}
beside_end() {
  local stage result seconds
  wait "$beside_pid"
  beside_pid=""
  for stage in $beside; do
    [[ " $stages " = *" $stage "* ]] || continue
    say "$stage (ran beside the stages above)"
    result=1 seconds=0
    cat "build/beside/$stage.log"
    read -r result seconds <"build/beside/$stage.result"
    note "$stage" "$result" "$seconds"
  done
}

for stage in $stages; do
  declare -F "stage_$stage" >/dev/null || { echo "no stage '$stage'; ./test --help lists them" >&2; exit 2; }
  if [[ " $beside " = *" $stage "* && " $stages " = *" unit "* ]]; then continue; fi
  if [ "$stage" = unit ]; then beside_start; fi
  if [ "$stage" = story ] && [ -n "$beside_pid" ]; then beside_end; fi
  say "$stage"
  started=$SECONDS
  "stage_$stage"
  result=$?
  note "$stage" "$result" $((SECONDS - started))
  if [ "$result" != 0 ] && [ "$stage" = build ]; then break; fi
done
[ -z "$beside_pid" ] || beside_end
say "Summary"
printf '%s' "$summary"
printf 'stages: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
