#!/usr/bin/env bash
# Builds the package: the WebAssembly modules, unless they are there already, and dist/ in both module formats.
# With --modules, the modules are built again.
set -euo pipefail
cd "$(dirname "$0")"

if [ "${1:-}" = --modules ] || [ ! -f o200k.seed ]; then
    ./build-wasm.sh .
fi
rm -rf dist
esbuild=(node_modules/.bin/esbuild src/*.ts src/api/*.ts --outbase=src --log-level=warning --target=es2022)
"${esbuild[@]}" --format=esm --outdir=dist/esm
"${esbuild[@]}" --format=cjs --platform=node --outdir=dist/cjs --define:import.meta.url=__url \
    --banner:js='const __url = require("node:url").pathToFileURL(__filename).href;'
printf '{ "type": "commonjs" }\n' >dist/cjs/package.json
# `imports` of package.json do not reach into a folder with a package.json of its own.
sed -i 's|"#open"|"./open.node.js"|' dist/cjs/index.js dist/cjs/text.js
node_modules/.bin/tsc
(cd dist/esm && find . -name '*.d.ts' -exec cp --parents {} ../cjs/ \;)
