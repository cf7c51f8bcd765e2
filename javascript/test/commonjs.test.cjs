const test = require('node:test')

const { loadHarmonyEncoding } = require('openai-harmony')
const grammar = require('openai-harmony/grammar')
const openai = require('openai-harmony/openai')
const { loadHarmonyText } = require('openai-harmony/text')

test('cases, CommonJS', async () => {
  const { all } = await import('./cases.mjs')
  const library = {
    encoding: await loadHarmonyEncoding(),
    full: await loadHarmonyEncoding('HarmonyGptOss', { full: true }),
    text: await loadHarmonyText(),
    grammar,
    openai,
  }
  for (const check of Object.values(all)) check(library)
})
