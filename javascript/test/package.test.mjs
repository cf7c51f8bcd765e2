// The package as it is installed: sizes, start, module formats, types, other runtimes.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import test from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const here = fileURLToPath(new URL('.', import.meta.url))
const folder = `${here}node_modules/openai-harmony`
const gzip = file => gzipSync(readFileSync(`${folder}/${file}`), { level: 9 }).length
const brotli = file => brotliCompressSync(readFileSync(`${folder}/${file}`)).length

const run = (program, ...args) => execFileSync(program, args, { cwd: here, encoding: 'utf8', stdio: 'pipe' })
const tool = name => `${here}node_modules/.bin/${name}`

test('sizes stay within their budgets', () => {
  const [harmony, text, full, vocabulary] = ['harmony.wasm', 'text.wasm', 'full.wasm', 'o200k.seed'].map(gzip)
  assert.ok(text <= 110_000, `text.wasm: ${text} bytes of gzip`)
  assert.ok(harmony <= 200_000, `harmony.wasm: ${harmony} bytes of gzip`)
  assert.ok(full <= 470_000, `full.wasm: ${full} bytes of gzip`)
  assert.ok(harmony + vocabulary <= 1_050_000, `harmony.wasm and o200k.seed: ${harmony + vocabulary} bytes of gzip`)
  const [small, whole] = [brotli('harmony.wasm'), brotli('harmony.wasm') + brotli('o200k.seed')]
  assert.ok(small <= 160_000, `harmony.wasm: ${small} bytes of Brotli`)
  assert.ok(whole <= 950_000, `harmony.wasm and o200k.seed: ${whole} bytes of Brotli`)
  const files = readdirSync(folder, { recursive: true }).map(file => [file, statSync(`${folder}/${file}`)])
  const unpacked = files.filter(([, file]) => file.isFile()).reduce((sum, [, file]) => sum + file.size, 0)
  const embedded = statSync(`${folder}/dist/esm/inline-data.js`).size
  assert.ok(unpacked - embedded <= 4_000_000, `unpacked without what ./inline embeds: ${unpacked - embedded} bytes`)
  assert.ok(unpacked <= 5_300_000, `unpacked: ${unpacked} bytes`)
})

test('no path of the machine that built them is in the modules', () => {
  for (const file of ['harmony.wasm', 'text.wasm', 'full.wasm']) {
    assert.doesNotMatch(readFileSync(`${folder}/${file}`, 'latin1'), /\/(root|home|work)\//, file)
  }
})

// The programs of bench/ measure against the budgets. Here they only have to run, and not to miss them by far: CI is busy.
for (const [program, ...args] of [['start'], ['stream'], ['encode', '--rounds', '1', ...texts()]]) {
  test(`bench/${program}.mjs runs`, () => {
    run(process.execPath, `../bench/${program}.mjs`, '--slack', '8', ...args)
  })
}

/** Two texts of some hundred kilobytes: shorter ones show what starting costs. */
function texts() {
  const root = `${process.env.HARMONY_TEST_DATA}/..`
  const folder = mkdtempSync(`${tmpdir()}/texts-`)
  return [
    ['docs', '.md'],
    ['src', '.rs'],
  ].map(([of, ending]) => {
    const names = readdirSync(`${root}/${of}`, { recursive: true }).filter(name => name.endsWith(ending))
    const file = `${folder}/${of}.txt`
    writeFileSync(file, names.map(name => readFileSync(`${root}/${of}/${name}`)).join('\n'))
    return file
  })
}

test('types compile, and wrong uses do not', () => {
  run(tool('tsc'))
})

test('publint and attw find nothing', () => {
  run(tool('publint'), '--strict', folder)
  const archive = readdirSync(here).find(file => file.endsWith('.tgz'))
  const entrypoints = ['harmony.wasm', 'text.wasm', 'full.wasm', 'o200k.seed']
  run(tool('attw'), archive, '--exclude-entrypoints', ...entrypoints, '--profile', 'node16')
})

for (const [name, program, ...args] of [
  ['Deno', 'node_modules/@deno/linux-x64-glibc/deno', 'run', '--allow-read', '--allow-env', '--node-modules-dir=manual'],
  ['Bun', 'node_modules/@oven/bun-linux-x64/bin/bun'],
]) {
  const binary = here + program
  test(`cases, ${name}`, { skip: existsSync(binary) || process.env.CI ? false : `no ${name} for this machine` }, () => {
    assert.match(run(binary, ...args, 'runtime.mjs'), /kinds of cases/)
  })
}
