// The time of a token in a stream, in batches of 16 and one at a time:  node stream.mjs [--slack FACTOR]

import { loadHarmonyEncoding } from '../dist/esm/index.js'
import { atMost, stopwatch } from './budget.mjs'

const ROUNDS = 40
const BATCH = 16

const encoding = await loadHarmonyEncoding()
const words = 'The quick brown fox jumps over the lazy dog, and thinks about it. '
const tokens = encoding.encode('<|channel|>final<|message|>' + words.repeat(3000), { allowedSpecial: 'all' })

function inBatches() {
  const parser = encoding.streamableParser()
  for (let at = 0; at < tokens.length; at += BATCH) parser.processMany(tokens.subarray(at, at + BATCH))
  parser.dispose()
}

function oneByOne() {
  const parser = encoding.streamableParser()
  for (const token of tokens) if (parser.process(token).lastContentDelta === '') throw new Error('never empty')
  parser.dispose()
}

/** Nanoseconds a token, in the best round. */
function best(work) {
  const times = Array.from({ length: ROUNDS }, () => {
    const elapsed = stopwatch()
    work()
    return elapsed()
  })
  return (Math.min(...times) * 1e6) / tokens.length
}

atMost('a token in batches of 16, events as objects', best(inBatches), 130, 'ns')
atMost('a token by itself, its delta read as a property', best(oneByOne), 500, 'ns')
