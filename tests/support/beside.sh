# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by bash scripts: commands side by side, each one's output as one block when it ends.
#   beside NAME COMMAND…   starts it; waits before while as many run as beside_jobs says (2)
#   beside_end             waits for all of them; 1 if one failed

beside_jobs=${beside_jobs:-2}
beside_outputs=$(mktemp -d)
beside_pids=() beside_running=0 beside_bad=0
trap 'rm -rf "$beside_outputs"' EXIT
trap 'kill "${beside_pids[@]}" 2>/dev/null; wait; exit 130' INT TERM

beside_one() { # number, name, command
  local output=$beside_outputs/$1 name=$2 started=$SECONDS status
  "${@:3}" >"$output" 2>&1 &
  local child=$!
  trap 'kill "$child" 2>/dev/null; wait "$child"; exit 130' TERM
  wait "$child"
  status=$?
  (
    flock 8
    echo "--- $name ($((SECONDS - started)) s)"
    cat "$output"
  ) 8>"$beside_outputs/lock"
  return "$status"
}

beside() { # name, command
  if [ "$beside_running" -ge "$beside_jobs" ]; then
    wait -n || beside_bad=1
    beside_running=$((beside_running - 1))
  fi
  beside_one "${#beside_pids[@]}" "$@" &
  beside_pids+=($!)
  beside_running=$((beside_running + 1))
}

beside_end() {
  for ((; beside_running > 0; beside_running--)); do wait -n || beside_bad=1; done
  return "$beside_bad"
}
