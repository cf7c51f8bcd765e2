#!/usr/bin/env bash
# Packs the package and unpacks it where the tests find it, as an installation does.
set -euo pipefail
cd "$(dirname "$0")"
archive=$(cd .. && npm pack --silent --ignore-scripts --pack-destination test)
rm -rf node_modules/openai-harmony
mkdir -p node_modules/openai-harmony
tar -xzf "$archive" -C node_modules/openai-harmony --strip-components=1
