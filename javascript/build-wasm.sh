#!/usr/bin/env bash
# Builds the WebAssembly modules and the vocabulary into a folder:  ./build-wasm.sh FOLDER
# With a toolchain that has the target wasm32-unknown-unknown, by that; otherwise the standard library is built too, by Debian's
# rustc-web and rust-web-src.
set -euo pipefail
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/wasm"
target=wasm32-unknown-unknown
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-../../target}/wasm
# No path of the machine that builds goes into the modules.
RUSTFLAGS="-Ctarget-feature=+simd128 --remap-path-prefix=$HOME=. --remap-path-prefix=$(cd ../.. && pwd)=."
build=(cargo build --release --target "$target" --message-format=json)
if [ ! -d "$(rustc --print target-libdir --target "$target")" ]; then
    if ! dpkg -s rustc-web rust-web-src >/dev/null 2>&1; then
        echo "needs the target $target (rustup target add $target), or Debian's rustc-web and rust-web-src" >&2
        exit 1
    fi
    host=$(rustc -vV | sed -n 's/^host: //p')
    RUSTFLAGS+=" -Clinker=$(rustc --print sysroot)/lib/rustlib/$host/bin/rust-lld -Clinker-flavor=wasm-ld"
    RUSTC=$(dpkg -L rustc-web | grep -m1 'bin/rustc$')
    export RUSTC RUSTC_BOOTSTRAP=1
    build+=(-Zbuild-std=std,panic_abort)
fi
export RUSTFLAGS

# Builds a module of some features. Prints the folder in which the build script of the library left the vocabulary.
module() {
    local name=$1
    shift
    "${build[@]}" "$@" |
        sed -n '/"reason":"build-script-executed"/s/.*openai-harmony.*"out_dir":"\([^"]*\)".*/\1/p'
    cp "$CARGO_TARGET_DIR/$target/release/openai_harmony_wasm.wasm" "$out/$name.wasm"
}

tables=$(module full --features api)
module harmony --features tokens >/dev/null
module text >/dev/null
cp "$tables/o200k.seed" "$out/o200k.seed"
