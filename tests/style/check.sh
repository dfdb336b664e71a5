#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Layout, banners, the include graph between folders, and the sizes of functions.
set -uo pipefail
cd "$(dirname "$0")/../.."
bad=0
complain() { echo "style: $*"; bad=1; }

files=$(git ls-files '*.c' '*.h' | grep -v '^portal/')
# shellcheck disable=SC2086
clang-format --dry-run -Werror $files 2>/tmp/sk-format.$$ || { grep 'error:' /tmp/sk-format.$$ | head -20; complain "run clang-format -i on the files above"; }
rm -f /tmp/sk-format.$$
for file in $files; do
  head -1 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' || complain "$file has no SPDX banner"
done
if git grep -nE '\b(TODO|FIXME|XXX)\b' -- '*.c' '*.h' '*.ts' '*.tsx' '*.sh' ':!tests/style/check.sh'; then complain "unfinished work is named in an issue, not in the code"; fi
python3 tests/style/include_graph.py || bad=1
python3 tests/style/reason_texts.py || bad=1
python3 tests/style/function_sizes.py || bad=1
python3 tests/style/attack_tests.py || bad=1
exit $bad
