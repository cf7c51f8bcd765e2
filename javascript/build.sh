#!/usr/bin/env bash
# Builds the package: the WebAssembly modules, unless they are there already, and dist/ in both module formats.
# With --modules, the modules are built again.
set -euo pipefail
cd "$(dirname "$0")"

if [ "${1:-}" = --modules ] || [ ! -f o200k.seed ]; then
    ./build-wasm.sh .
fi
node build.mjs
node_modules/.bin/tsc
(cd dist/esm && find . -name '*.d.ts' -exec cp --parents {} ../cjs/ \;)
