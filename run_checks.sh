#!/usr/bin/env bash
# Runs the checks, all or some:  ./run_checks.sh [format|lint|rust|build|python|types|docs|transformers|engines|noise|pythons|released|serve|clusters|wheel|wheels|free_threaded|javascript|page|processors|fuzz]...
# Needs a Rust toolchain and Python 3.9 or later; the rest goes into a virtual environment of its own, .venv-checks.
set -euo pipefail
cd "$(dirname "$0")"

venv=.venv-checks
bin="$venv/bin"
# What the Python tests import.
libraries=(pytest fastapi httpx typer rich pyyaml pyarrow polars datasets numpy llguidance jsonschema openai "openai-agents; python_version >= '3.10'"
    aiohttp starlette uvicorn httptools prometheus-client redis "mcp; python_version >= '3.10'" tiktoken opentelemetry-sdk)
tools=(maturin ruff mypy pyright types-PyYAML twine "${libraries[@]}")

say() { printf '\n== %s\n' "$*"; }

environment() {
    [ -x "$bin/python" ] || "${PYTHON:-python3}" -m venv "$venv"
    install "$venv" --upgrade pip
    install "$venv" "${tools[@]}"
}

# install VENV PACKAGE...: by pip, unless the same was installed before.
install() {
    local venv=$1 stamp
    shift
    stamp="$venv/stamps/$(printf '%s\n' "$@" | cksum | cut -d ' ' -f 1)"
    [ -e "$stamp" ] && return
    "$venv/bin/python" -m pip install --quiet "$@"
    mkdir -p "$venv/stamps"
    touch "$stamp"
}

stage_format() {
    cargo fmt --all --check
    "$bin/ruff" format --check .
}

stage_lint() {
    cargo clippy --workspace --all-targets --features llguidance -- -D warnings
    "$bin/ruff" check .
}

stage_rust() {
    cargo test --quiet --features llguidance
}

stage_build() {
    # One release build is installed and tested; `maturin develop` would leave the extension in the source folder.
    rm -rf "$venv/wheels"
    "$bin/maturin" build --release --quiet --interpreter "$bin/python" --out "$venv/wheels"
    "$bin/python" -m pip install --quiet --force-reinstall --no-deps "$venv"/wheels/*.whl
}

built() {
    "$bin/python" -c 'import openai_harmony' 2>/dev/null || stage_build
}

stage_python() {
    built
    "$bin/pytest" tests/python
}

# The engines that grammars are written for. xgrammar would bring torch, of which it only needs a bitmask.
install_engines() {
    install "$venv" llguidance xllamacpp apache-tvm-ffi numpy jsonschema
    install "$venv" --no-deps xgrammar
}

stage_engines() {
    built
    install_engines
    "$bin/pytest" tests/engines
}

# The gateway in front of a real llama.cpp server, with a real Redis where Debian's package can be installed.
stage_serve() {
    built
    install "$venv" xllamacpp uvloop compose-spec
    if ! command -v redis-server >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends redis-server; } >/dev/null
    fi
    "$bin/pytest" tests/serve
}

# Noise from a model in the real server of llama.cpp, fifty times for every kind of request. Only run by name: it takes an hour.
stage_noise() {
    built
    install_engines
    "$bin/pytest" tests/engines/test_noise_server.py --runs 50
}

# The one wheel passes the Python tests on the other Pythons that are installed, as `python3.9` or by pyenv. Only run by name.
stage_pythons() {
    built
    local version python there
    for version in 3.9 3.10 3.12 3.13 3.14; do
        python=$(compgen -G "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version.*/bin/python" || echo "python$version")
        python=${python##*$'\n'}
        if ! "$python" -c '' 2>/dev/null; then
            echo "no Python $version here"
            continue
        fi
        there="$venv/python$version"
        say "Python $version"
        [ -x "$there/bin/python" ] || "$python" -m venv "$there"
        install "$there" "${libraries[@]}"
        "$there/bin/python" -m pip install --quiet --force-reinstall --no-deps "$venv"/wheels/*.whl
        "$there/bin/pytest" tests/python
    done
}

# The wheel for this machine in dist/ passes the Python tests. Only run by name: the workflow that builds releases does.
stage_released() {
    local there="$venv/released"
    [ -x "$there/bin/python" ] || "$bin/python" -m venv "$there"
    install "$there" "${libraries[@]}"
    "$there/bin/python" -m pip install --quiet --force-reinstall --no-deps dist/*manylinux*"$(uname -m)".whl
    "$there/bin/pytest" tests/python
}

# The tokenizer that takes the place of the one of transformers, compared with it.
stage_transformers() {
    built
    install "$venv" transformers
    HF_HUB_OFFLINE=1 "$bin/pytest" tests/transformers
}

# The site, and that all its links lead somewhere; and the notebook, in a real kernel.
stage_docs() {
    built
    install "$venv" mkdocs-material 'mkdocstrings[python]' griffe-pydantic nbclient ipykernel
    NO_MKDOCS_2_WARNING=1 "$bin/python" -m mkdocs build --quiet --strict --site-dir site
    "$bin/pytest" tests/notebook
}

# Data sets on a cluster of three Ray nodes, one of which is killed. Ray is large, so it has an environment of its own.
stage_clusters() {
    built
    local there="$venv/clusters"
    local python="$there/bin/python"
    [ -x "$python" ] || "$bin/python" -m venv "$there"
    install "$there" ray pyarrow pytest pandas fsspec 'pydantic>=2.10'
    "$python" -m pip install --quiet --force-reinstall --no-deps "$venv"/wheels/*.whl
    # Ray opens sockets that it leaves to the end of the process.
    "$python" -m pytest -W ignore tests/clusters
}

stage_types() {
    built
    "$bin/mypy" python/openai_harmony
    "$bin/mypy" --no-error-summary tests/python/typed_program.py
    "$bin/pyright" --pythonpath "$bin/python" tests/python/typed_program.py
    # The snippets of the pages, each page as one program, in which a later snippet may use a name again.
    "$bin/python" tests/python/doc_programs.py "$venv/docs"
    local pages=("$venv"/docs/*.py)
    "$bin/mypy" --no-error-summary --allow-redefinition-new --local-partial-types "${pages[@]}"
    "$bin/pyright" --pythonpath "$bin/python" "${pages[@]}"
    "$bin/python" -m mypy.stubtest openai_harmony._core --allowlist tests/python/stubtest_allowlist.txt \
        --mypy-config-file pyproject.toml
}

stage_wheel() {
    built
    "$bin/twine" check --strict "$venv"/wheels/*.whl
    # Not in the usual target folder: cargo takes the package that it verifies for this crate itself, and would find the
    # tables of one up to date for the other.
    CARGO_TARGET_DIR="$venv/package" cargo package --quiet --allow-dirty --package openai-harmony
}

# Wheels for old Linux systems and other processors. Only run by name: it builds everything four times.
stage_wheels() {
    scripts/build_wheels.sh
}

# What a stage does without its tool: on a user's machine it is skipped, in CI that is a failure.
skip() {
    echo "skipped: $1"
    [ -z "${CI:-}" ]
}

# The extension compiles for a Python without an interpreter lock. A configuration is enough, no such Python is needed.
stage_free_threaded() {
    PYO3_CONFIG_FILE="$PWD/tests/python/free_threaded.txt" cargo check --quiet --package openai-harmony-python
}

# The npm package, built and unpacked as an installation does it, in Node, Deno and Bun. Debian's compiler builds the modules where the
# usual toolchain does not have the sources of the standard library.
stage_javascript() {
    local packages=(rustc-web rust-web-src nodejs npm)
    if ! command -v npm >/dev/null || ! { [ -d "$(rustc --print sysroot)/lib/rustlib/src/rust/library" ] || dpkg -s rustc-web rust-web-src >/dev/null 2>&1; }; then
        if [ -z "${CI:-}" ] || ! command -v apt-get >/dev/null; then
            skip "needs npm, and the component rust-src or the Debian packages rustc-web and rust-web-src"
            return
        fi
        command -v npm >/dev/null && packages=(rustc-web rust-web-src)
        apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
    fi
    (
        cd javascript
        npm ci --silent --ignore-scripts
        npm run --silent style
        ./build.sh --modules
        (cd bench && npm ci --silent --ignore-scripts)
        cd test
        npm ci --silent --ignore-scripts
        ./unpack.sh
        HARMONY_TEST_DATA=../../test-data node --test *.test.*
    )
}

# The tokenizer does on 64-bit ARM, under an emulator, and in WebAssembly, in Node, what it does here. Only run by name: it
# builds the standard library twice, which takes minutes.
stage_processors() {
    local packages=(rustc-web rust-web-src gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)
    if ! dpkg -s "${packages[@]}" >/dev/null 2>&1; then
        if [ -z "${CI:-}" ] || ! command -v apt-get >/dev/null; then
            skip "needs the Debian packages ${packages[*]}"
            return
        fi
        apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
    fi
    (
        local rust here arm wasm host
        cd tests/processors
        export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-../../target}/processors"
        here=$(cargo run --quiet)
        # The usual toolchain has no standard library for other targets, and that of Debian has its sources.
        host=$(rustc -vV | sed -n 's/^host: //p')
        rust=$(rustc --print sysroot)/lib/rustlib/$host/bin
        RUSTC=$(dpkg -L rustc-web | grep -m1 'bin/rustc$')
        export RUSTC RUSTC_BOOTSTRAP=1
        export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
        export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu"
        arm=$(cargo run --quiet --target aarch64-unknown-linux-gnu -Zbuild-std=std,panic_unwind)
        RUSTFLAGS="-Ctarget-feature=+simd128 -Clinker=$rust/rust-lld -Clinker-flavor=wasm-ld" \
            cargo build --quiet --lib --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort
        wasm=$(node wasm.mjs "$CARGO_TARGET_DIR/wasm32-unknown-unknown/debug/processors.wasm")
        echo "here $here, ARM $arm, WebAssembly $wasm"
        [ "$arm" = "$here" ] && [ "$wasm" = "$here" ]
    )
}

# The demo page, in a browser. It is built from the JavaScript package, and what it copies runs in Python.
stage_page() {
    local browser=${CHROMIUM:-/usr/bin/chromium}
    if [ ! -x "$browser" ] || ! command -v npm >/dev/null; then
        skip "needs Node and the Debian packages chromium and fonts-noto-cjk"
        return
    fi
    built
    if [ ! -f javascript/dist/esm/index.js ] || [ ! -f javascript/full.wasm ]; then
        (cd javascript && npm ci --silent && ./build.sh)
    fi
    local python="$PWD/$bin/python"
    (cd demo/web && npm ci --silent && npm run --silent build && npm run --silent check && PYTHON="$python" npm test --silent)
}

stage_fuzz() {
    if ! cargo +nightly --version >/dev/null 2>&1; then
        skip "needs a nightly toolchain"
        return
    fi
    export PATH="$PWD/$venv/cargo/bin:$PATH"
    cargo fuzz --version >/dev/null 2>&1 || cargo install --quiet --locked --root "$venv/cargo" cargo-fuzz
    for target in $(cargo +nightly fuzz list); do
        # What is found goes to the first folder; the committed inputs are only read.
        local found="${CARGO_TARGET_DIR:-target}/fuzz-corpus/$target"
        mkdir -p "$found"
        cargo +nightly fuzz run "$target" "$found" "fuzz/corpus/$target" -- -max_total_time=15
    done
}

run() {
    local stage
    for stage in "$@"; do
        declare -F "stage_$stage" >/dev/null || { echo "no such stage: $stage" >&2; exit 2; }
        say "$stage"
        "stage_$stage"
    done
}

environment
if [ $# -gt 0 ]; then
    run "$@"
    say "all stages passed: $*"
    exit
fi
run format lint build
# Two lanes beside each other, because most stages keep one processor busy. The second one prints when it has ended.
rust_lane=(rust wheel free_threaded fuzz)
python_lane=(python types docs transformers engines serve clusters javascript page)
set -m # gives the lane a process group of its own, which can be ended as a whole
run "${rust_lane[@]}" >"$venv/rust-lane.log" 2>&1 &
lane=$!
set +m
trap 'kill -- -$lane 2>/dev/null || true' EXIT
run "${python_lane[@]}"
wait "$lane" && passed=yes || passed=no
cat "$venv/rust-lane.log"
[ $passed = yes ]
say "all stages passed: format lint build ${python_lane[*]} ${rust_lane[*]}"
