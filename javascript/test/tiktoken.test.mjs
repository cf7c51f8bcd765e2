// Ids against npm's tiktoken, on random text.

import assert from 'node:assert/strict'
import test from 'node:test'

import { get_encoding as getEncoding } from 'tiktoken'

import { library } from './library.mjs'

const PARTS = [
  'hello',
  ' world',
  "'LL",
  '\n',
  '\r\n',
  '   ',
  '\t',
  '123',
  '4567',
  '東京',
  'қазақ',
  'مرحبا',
  '👩‍👩‍👧',
  'é',
  'ÅÄÖ',
  '<|',
  '|>',
  '/*',
  'x'.repeat(40),
  '\u00a0',
  'ǅ',
  '\u200d',
  '!?…',
  '{"a":1}',
]

/** Numbers from 0 to 1, the same in every run. */
function* random(seed) {
  for (;;) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    yield seed / 2 ** 32
  }
}

test('ids are those of tiktoken', () => {
  // The ordinary tokens of o200k_base are those of o200k_harmony.
  const tiktoken = getEncoding('o200k_base')
  const numbers = random(7)
  const next = below => Math.floor(numbers.next().value * below)
  const character = () => String.fromCodePoint([next(0x80), next(0xd800), 0x1f000 + next(0x1000)][next(3)])
  for (let round = 0; round < 400; round++) {
    const length = next(60)
    const text = Array.from({ length }, () => (next(3) ? PARTS[next(PARTS.length)] : character())).join('')
    const expected = [...tiktoken.encode(text, [], [])]
    assert.deepEqual([...library.encoding.encode(text, { disallowedSpecial: [] })], expected, JSON.stringify(text))
    assert.equal(library.encoding.decode(expected), text)
  }
  tiktoken.free()
})

// Pieces are merged from their bytes at first. Tokens are added to the table in which they are looked up little by little.
test('ids stay those of tiktoken in long texts', () => {
  const tiktoken = getEncoding('o200k_base')
  const numbers = random(3)
  const letters = 'etaoinshrdluETAO日本語的'
  const letter = () => letters[Math.floor(numbers.next().value * letters.length)]
  const word = () => ' ' + Array.from({ length: 2 + Math.floor(numbers.next().value * 5) }, letter).join('')
  for (let part = 0; part < 12; part++) {
    const text = Array.from({ length: 8_000 }, word).join('')
    const found = library.encoding.encode(text)
    assert.equal(Buffer.compare(Buffer.from(found.buffer), Buffer.from(tiktoken.encode(text, [], []).buffer)), 0, `part ${part}`)
  }
  tiktoken.free()
})
