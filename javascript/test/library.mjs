// The package as an ES module, loaded.

import { loadHarmonyEncoding } from 'openai-harmony'
import * as grammar from 'openai-harmony/grammar'
import * as openai from 'openai-harmony/openai'
import { loadHarmonyText } from 'openai-harmony/text'

export const library = {
  encoding: await loadHarmonyEncoding(),
  full: await loadHarmonyEncoding('HarmonyGptOss', { full: true }),
  text: await loadHarmonyText(),
  grammar,
  openai,
}
