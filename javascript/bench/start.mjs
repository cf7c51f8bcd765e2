// The time to the first tokens with the vocabulary, and to the first parsed text without it:  node start.mjs [--slack FACTOR]
//
// Every start is a process of its own, measured from before the import.

import { execFileSync } from 'node:child_process'

import { atMost, median, only, self, stopwatch } from './budget.mjs'

const ROUNDS = 15

const starts = {
  async tokens() {
    const { loadHarmonyEncoding } = await import('../dist/esm/index.js')
    const encoding = await loadHarmonyEncoding()
    return encoding.encode('hello world').join() === '24912,2375'
  },
  async text() {
    const { loadHarmonyText } = await import('../dist/esm/text.js')
    const text = await loadHarmonyText()
    return text.parse('<|channel|>final<|message|>4').messages[0].message.content === '4'
  },
}

if (only) {
  const elapsed = stopwatch()
  const isRight = await starts[only]()
  const time = elapsed()
  if (!isRight) throw new Error(`${only}: a wrong result`)
  console.log(time)
} else {
  const start = name => Number(execFileSync(process.execPath, [self, '--only', name], { encoding: 'utf8' }))
  const times = { tokens: [], text: [] }
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of Object.keys(times)) times[name].push(start(name))
  }
  atMost('first tokens', median(times.tokens), 50, 'ms')
  atMost('first parsed text', median(times.text), 10, 'ms')
}
