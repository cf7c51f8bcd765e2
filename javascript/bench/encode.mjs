// Encoding beside npm's tokenizers:  node encode.mjs [--slack FACTOR] [--rounds NUMBER] FILE…
//
// Each package encodes the first mebibyte of each file in chunks of 16 Ki code units: in one process all files, one after another, each four
// times. Each round has a process for each package, in turn. The speeds are geometric means over the files, of one kind of text each: `python
// benches/corpora.py FOLDER` writes ours. The first file alone also shows what the engine's compiling costs. Figures of one run compare; figures
// of two runs do not.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { atLeast, files, median, only, rounds, self, stopwatch } from './budget.mjs'

const PASSES = 4
const CHUNK = 16 << 10
const LENGTH = 1 << 20
const OURS = 'openai-harmony'

/** Each loads a package and gives its function from text to ids. */
const packages = {
  [OURS]: async () => {
    const { loadHarmonyEncoding } = await import('../dist/esm/index.js')
    const encoding = await loadHarmonyEncoding()
    const options = { disallowedSpecial: [] }
    return text => encoding.encode(text, options)
  },
  'gpt-tokenizer': async () => {
    const { encode } = await import('gpt-tokenizer/encoding/o200k_base')
    const options = { disallowedSpecial: new Set() }
    return text => encode(text, options)
  },
  'ai-tokenizer': async () => {
    const { default: Tokenizer } = await import('ai-tokenizer')
    const tokenizer = new Tokenizer(await import('ai-tokenizer/encoding/o200k_base'))
    return text => tokenizer.encode(text)
  },
  tiktoken: async () => {
    const { get_encoding: getEncoding } = await import('tiktoken')
    const encoding = getEncoding('o200k_base')
    return text => encoding.encode(text, [], [])
  },
}

/** One process: its start, then for each text the first pass and the best of the others, in milliseconds. */
async function measure(name) {
  const started = stopwatch()
  const encode = await packages[name]()
  encode('hello world')
  const load = started()
  return { load, texts: files.map(file => passesOver(file, encode)) }
}

function passesOver(file, encode) {
  // Without the text of special tokens, which the packages treat differently.
  const text = readFileSync(file).subarray(0, LENGTH).toString().replaceAll('<|', '<')
  const chunks = Array.from({ length: Math.ceil(text.length / CHUNK) }, (_, at) => text.slice(at * CHUNK, (at + 1) * CHUNK).toWellFormed())
  const hash = createHash('sha256')
  const passes = []
  for (let pass = 0; pass < PASSES; pass++) {
    const elapsed = stopwatch()
    const ids = chunks.map(encode)
    passes.push(elapsed())
    if (pass === 0) for (const one of ids) hash.update(Uint32Array.from(one))
  }
  const [first, ...again] = passes
  const bytes = Buffer.byteLength(text)
  return { first, again: Math.min(...again), bytes, ids: hash.digest('hex') }
}

const run = name => JSON.parse(execFileSync(process.execPath, [self, '--only', name, ...files], { encoding: 'utf8' }))

function compare() {
  const names = Object.keys(packages)
  const runs = Object.fromEntries(names.map(name => [name, []]))
  for (let round = 0; round < rounds; round++) for (const name of names) runs[name].push(run(name))
  for (const [at, file] of files.entries()) {
    const ids = new Set(names.flatMap(name => runs[name].map(({ texts }) => texts[at].ids)))
    if (ids.size > 1) throw new Error(`the packages give different ids for ${file}`)
  }
  /** Megabytes a second. */
  const speedOf = (name, at, pass) => median(runs[name].map(({ texts }) => texts[at].bytes / 1000 / texts[at][pass]))
  const speed = (name, pass) => mean(files.map((_, at) => speedOf(name, at, pass)))
  console.log('| package | start, ms | first file, MB/s | first pass, MB/s | again, MB/s |\n|---|--:|--:|--:|--:|')
  for (const name of names) {
    const start = median(runs[name].map(({ load }) => load))
    const speeds = [speedOf(name, 0, 'first'), speed(name, 'first'), speed(name, 'again')]
    console.log(`| ${name} | ${start.toFixed(0)} | ${speeds.map(speed => speed.toFixed(1)).join(' | ')} |`)
  }
  for (const name of names.filter(name => name !== OURS)) {
    for (const pass of ['first', 'again']) atLeast(`${pass}, beside ${name}`, speed(OURS, pass) / speed(name, pass), 10, 'times')
  }
}

/** The geometric mean. */
const mean = numbers => numbers.reduce((product, number) => product * number, 1) ** (1 / numbers.length)

if (only) {
  console.log(JSON.stringify(await measure(only)))
} else {
  if (files.length === 0) throw new Error('usage: node encode.mjs [--slack FACTOR] [--rounds NUMBER] FILE…')
  compare()
}
