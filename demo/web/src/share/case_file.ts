/** The input as a case file of `test-data/`, with what the page shows as its expectation. */
import { renderRequest, type Message } from '../library.js'
import type { Reading } from '../reading/reading.js'
import { textOf } from '../views/tone.js'

export function caseFile(reading: Reading): string {
  return `${JSON.stringify(fieldsOf(reading), null, 2)}\n`
}

function fieldsOf(reading: Reading): Record<string, unknown> {
  const { input, encoding, tokens, role, lenient, strict } = reading
  switch (input.kind) {
    case 'completion':
    case 'tokens':
      return {
        about: 'for test-data/recovery; `lenient` is what was found, write there what you expected',
        tokens: Array.from(tokens),
        role,
        text: encoding.decode(tokens),
        reference_strict: strict.error ? { error: strict.error.message } : strict.messages.map(whole),
        lenient: lenient.messages.map(({ message }) => flat(message)),
      }
    case 'conversation':
      return {
        about: 'for test-data/render-options; `text` and `tokens` are what was found, write there what you expected',
        source: 'the demo page',
        spec: { ending: { completion: { role: 'assistant' } } },
        messages: input.messages,
        text: encoding.decode(tokens),
        tokens: Array.from(tokens),
      }
    case 'request':
      return {
        about: 'for test-data/api-requests; `text` is what was found, write there what you expected',
        api: input.api,
        request: input.body,
        expected: { text: encoding.decode(renderRequest(encoding, input.api, input.body, CASE_DAY)) },
      }
  }
}

/** What the clock says in those cases: 2025-06-28. */
const CASE_DAY = 1_751_068_800

/** A message as Python's `to_dict` writes it. */
function whole(message: Message): Record<string, unknown> {
  const { text, ...fields } = flat(message)
  return { name: null, ...fields, content: [{ type: 'text', text }] }
}

/** A message as recovery cases write it: a field that is absent is left out. */
function flat(message: Message): Record<string, unknown> {
  const { role, name, channel, recipient, content_type } = message
  const present = Object.entries({ role, name, channel, recipient, content_type }).filter(
    ([, value]) => value !== null && value !== undefined,
  )
  return { ...Object.fromEntries(present), text: textOf(message) }
}
