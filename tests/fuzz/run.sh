#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Searches with libFuzzer, one target after the other on one core: run.sh MINUTES [TARGET…].
# Corpora, findings and the seconds spent so far are in build/fuzz (corpus/, findings/, seconds.tsv:
# target, seconds, executions, edges covered, one row for each run). Ends with 1 when there are findings.
set -euo pipefail
cd "$(dirname "$0")/../.."
minutes=${1:?usage: run.sh MINUTES [TARGET…]}
shift
build=build/fuzz
[ -d $build ] || cmake --preset fuzz >/dev/null
cmake --build --preset fuzz >$build/build.log 2>&1 || { tail -30 $build/build.log >&2; exit 1; }

# sekisho_fuzz(NAME …) in CMakeLists.txt is the list.
[ $# -gt 0 ] || set -- $(sed -n 's/^sekisho_fuzz(\([a-z_0-9]*\).*/\1/p' tests/fuzz/CMakeLists.txt)
seconds=$(awk -v m="$minutes" 'BEGIN { printf "%d", m * 60 }')
mkdir -p $build/findings
found=0
for target in "$@"; do
	corpus=$build/corpus/$target
	mkdir -p "$corpus"
	dictionary=tests/fuzz/$target.dict
	log=$build/$target.log
	# -close_fd_mask: what the code under test prints says nothing here.
	nice -n 15 $build/fuzz/fuzz_"$target" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 \
		-print_final_stats=1 -close_fd_mask=1 -artifact_prefix=$build/findings/"$target"- \
		$([ -e "$dictionary" ] && echo "-dict=$dictionary") \
		"$corpus" tests/fuzz/seeds/"$target" >"$log" 2>&1 && result=ok || result=FOUND
	done_s=$(sed -n 's/^Done [0-9]* runs in \([0-9]*\) second.*/\1/p' "$log")
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
	printf '%s\t%s\t%s\t%s\n' "$target" "${done_s:-?}" "${runs:-?}" "${edges:-?}" >>$build/seconds.tsv
	printf '%-16s %s: %s s, %s runs, %s edges\n' "$target" $result "${done_s:-?}" "${runs:-?}" "${edges:-?}"
	[ $result = ok ] || { found=1; grep -E '^(SUMMARY|Test unit|artifact)|Assertion' "$log" || tail -5 "$log"; }
done
exit $found
