// Encoding beside npm's tokenizers, start, and streams:  node bench.mjs FILE…
//
// Each package runs in processes of its own, in turn, and is measured in CPU time. The texts are the given files in chunks of 16 Ki code
// units; ids are compared with each other first. Figures of one run compare; figures of two runs do not.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROUNDS = 5
const CHUNK = 16 << 10

/** Each loads a package and gives its function from text to ids. */
const packages = {
  'openai-harmony': async () => {
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

const cpu = before => {
  const { user, system } = process.cpuUsage(before)
  return before ? (user + system) / 1000 : { user, system }
}

/** One process: start, first pass and best of three passes over the texts, in milliseconds. */
async function measure(name, files) {
  const start = cpu()
  const encode = await packages[name]()
  encode('hello world')
  const load = cpu(start)
  // Without the text of special tokens, which the packages treat differently.
  const text = files.map(file => readFileSync(file, 'utf8')).join('\n').replaceAll('<|', '<')
  const chunks = Array.from({ length: Math.ceil(text.length / CHUNK) }, (_, at) => text.slice(at * CHUNK, (at + 1) * CHUNK).toWellFormed())
  const hash = createHash('sha256')
  const passes = []
  for (let pass = 0; pass < 4; pass++) {
    const before = cpu()
    const ids = chunks.map(encode)
    passes.push(cpu(before))
    if (pass === 0) for (const one of ids) hash.update(Uint32Array.from(one))
  }
  const [first, ...again] = passes
  const bytes = Buffer.byteLength(text)
  return { load, first, again: Math.min(...again), bytes, ids: hash.digest('hex') }
}

/** Streams of one and of sixteen tokens a call, in nanoseconds a token. */
async function stream() {
  const { loadHarmonyEncoding } = await import('../dist/esm/index.js')
  const encoding = await loadHarmonyEncoding()
  const words = 'The quick brown fox jumps over the lazy dog, and thinks about it. '
  const tokens = encoding.encode('<|channel|>final<|message|>' + words.repeat(3000), { allowedSpecial: 'all' })
  const best = { sixteen: Infinity, one: Infinity }
  for (let round = 0; round < 20; round++) {
    let before = cpu()
    let parser = encoding.streamableParser()
    for (let at = 0; at < tokens.length; at += 16) parser.processMany(tokens.subarray(at, at + 16))
    best.sixteen = Math.min(best.sixteen, (cpu(before) * 1e6) / tokens.length)
    before = cpu()
    parser = encoding.streamableParser()
    for (const token of tokens) if (parser.process(token).lastContentDelta === '') throw new Error('never empty')
    best.one = Math.min(best.one, (cpu(before) * 1e6) / tokens.length)
  }
  return best
}

const median = numbers => numbers.sort((a, b) => a - b)[numbers.length >> 1]

function compare(files) {
  const self = fileURLToPath(import.meta.url)
  const results = Object.fromEntries(Object.keys(packages).map(name => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of Object.keys(packages)) {
      results[name].push(JSON.parse(execFileSync(process.execPath, [self, '--only', name, ...files], { encoding: 'utf8' })))
    }
  }
  const ids = new Set(Object.values(results).map(([one]) => one.ids))
  if (ids.size > 1) throw new Error('the packages give different ids')
  console.log('| package | start, ms | first pass, MB/s | again, MB/s |\n|---|--:|--:|--:|')
  for (const [name, runs] of Object.entries(results)) {
    const speed = pass => (runs[0].bytes / 1000 / median(runs.map(run => run[pass]))).toFixed(1)
    console.log(`| ${name} | ${median(runs.map(run => run.load)).toFixed(0)} | ${speed('first')} | ${speed('again')} |`)
  }
}

const [first, name, ...files] = process.argv.slice(2)
if (first === '--only') {
  console.log(JSON.stringify(await measure(name, files)))
} else {
  const given = process.argv.slice(2)
  if (given.length === 0) throw new Error('usage: node bench.mjs FILE…')
  compare(given)
  const { sixteen, one } = await stream()
  console.log(`\nstream: ${sixteen.toFixed(0)} ns a token in batches of 16, ${one.toFixed(0)} ns one at a time with its delta`)
}
