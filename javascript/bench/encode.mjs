// Encoding beside npm's tokenizers:  node encode.mjs [--slack FACTOR] FILE…
//
// Each package runs in processes of its own, in turn, and is measured in CPU time. The texts are the given files in chunks of 16 Ki code
// units; ids are compared with each other first. Figures of one run compare; figures of two runs do not.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { atLeast, cpu, files, median, only, self } from './budget.mjs'

const ROUNDS = 5
const PASSES = 4
const CHUNK = 16 << 10
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

/** One process: start, first pass and the best of the others over the texts, in milliseconds. */
async function measure(name) {
  const start = cpu()
  const encode = await packages[name]()
  encode('hello world')
  const load = cpu(start)
  // Without the text of special tokens, which the packages treat differently.
  const text = files
    .map(file => readFileSync(file, 'utf8'))
    .join('\n')
    .replaceAll('<|', '<')
  const chunks = Array.from({ length: Math.ceil(text.length / CHUNK) }, (_, at) => text.slice(at * CHUNK, (at + 1) * CHUNK).toWellFormed())
  const hash = createHash('sha256')
  const passes = []
  for (let pass = 0; pass < PASSES; pass++) {
    const before = cpu()
    const ids = chunks.map(encode)
    passes.push(cpu(before))
    if (pass === 0) for (const one of ids) hash.update(Uint32Array.from(one))
  }
  const [first, ...again] = passes
  const bytes = Buffer.byteLength(text)
  return { load, first, again: Math.min(...again), bytes, ids: hash.digest('hex') }
}

function compare() {
  const names = Object.keys(packages)
  const results = Object.fromEntries(names.map(name => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      results[name].push(JSON.parse(execFileSync(process.execPath, [self, '--only', name, ...files], { encoding: 'utf8' })))
    }
  }
  const ids = new Set(Object.values(results).map(([one]) => one.ids))
  if (ids.size > 1) throw new Error('the packages give different ids')
  const time = (name, what) => median(results[name].map(run => run[what]))
  const speed = (name, pass) => (results[name][0].bytes / 1000 / time(name, pass)).toFixed(1)
  console.log('| package | start, ms | first pass, MB/s | again, MB/s |\n|---|--:|--:|--:|')
  for (const name of names) {
    console.log(`| ${name} | ${time(name, 'load').toFixed(0)} | ${speed(name, 'first')} | ${speed(name, 'again')} |`)
  }
  for (const name of names.filter(name => name !== OURS)) {
    for (const pass of ['first', 'again']) atLeast(`${pass}, beside ${name}`, time(name, pass) / time(OURS, pass), 10, 'times')
  }
}

if (only) {
  console.log(JSON.stringify(await measure(only)))
} else {
  if (files.length === 0) throw new Error('usage: node encode.mjs [--slack FACTOR] FILE…')
  compare()
}
