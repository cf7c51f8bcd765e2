// The case files of both HTTP APIs: requests and their prompts, sampled tokens and their answers.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

import { cases, read, root } from './case-files.mjs'

/** Whether `found` has everything that `expected` has. */
function contains(found, expected) {
  if (Array.isArray(expected)) {
    return Array.isArray(found) && found.length === expected.length && expected.every((value, at) => contains(found[at], value))
  }
  if (expected === null || typeof expected !== 'object') return found === expected
  return Object.entries(expected).every(([name, value]) => contains(found?.[name], value))
}

const NOON = 1_751_068_800

/** A fixed clock and numbered ids, as in the tests of Rust and Python. */
export function host() {
  let count = 0
  return { clock: () => NOON, ids: prefix => `${prefix}${++count}` }
}

const chatBody = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }
const responsesBody = { model: 'm', input: 'Hi' }

export function apiOutputs({ full, openai }) {
  for (const [name, given] of cases('api-outputs')) {
    const { tokens, engine_finish_reason: reason, expected } = given
    if (expected.chat) {
      const job = new openai.ChatCompletions(full, host()).prepare({ ...chatBody, ...given.chat_request })
      const completion = job.complete([[tokens, reason]])
      const [choice] = completion.choices
      const { reasoning = '', content, tool_calls = [] } = choice.message
      const calls = tool_calls.map(call => call.function)
      const found = { reasoning, content: content ?? '', tool_calls: calls, finish_reason: choice.finish_reason }
      assert.deepEqual(found, expected.chat, name)
      if (given.usage) assert.equal(completion.usage.completion_tokens, given.usage.completion_tokens, name)
    }
    if (expected.responses) {
      const job = new openai.Responses(full, host()).prepare({ ...responsesBody, ...given.responses_request })
      const response = job.complete(tokens, reason)
      assert.ok(contains(response, expected.responses), `${name}: ${JSON.stringify(response)}`)
    }
  }
}

const bytes = parts => Buffer.concat(parts).toString()

export function apiStreams({ full, openai }) {
  for (const api of ['chat', 'responses']) {
    const given = read(`api-sse/${api}.json`)
    const { sampled } = given
    const request = { ...(api === 'chat' ? chatBody : responsesBody), ...given.request }
    const expected = readFileSync(`${root}/api-sse/${api}.sse`, 'utf8')
    const Api = api === 'chat' ? openai.ChatCompletions : openai.Responses
    const tokens = full.encode(sampled, { allowedSpecial: 'all' })
    let stream = new Api(full, host()).prepare(JSON.stringify(request)).stream()
    const parts = [stream.sse.start()]
    for (const token of tokens) {
      parts.push(stream.sse.push([token]))
    }
    parts.push(stream.sse.finish('stop'))
    parts.push(stream.sse.done())
    assert.equal(bytes(parts), expected, api)

    // The objects are those of the bytes.
    stream = new Api(full, host()).prepare(Buffer.from(JSON.stringify(request))).stream()
    const objects = [...stream.start(), ...[...tokens].flatMap(token => stream.push([token])), ...stream.finish('stop')]
    const lines = expected.split('\n').filter(line => line.startsWith('data: {'))
    assert.deepEqual(
      objects,
      lines.map(line => JSON.parse(line.slice('data: '.length))),
      api,
    )
  }
}

export function apiRequests({ encoding, full, openai }) {
  for (const [name, given] of cases('api-requests')) {
    const store = new Map()
    const prepare = (body, clock = () => NOON) => {
      const options = { ...given.options, clock, ids: prefix => `${prefix}1` }
      if (given.api === 'chat') return new openai.ChatCompletions(full, options).prepare(body)
      return new openai.Responses(full, { ...options, store }).prepare(body)
    }
    for (const before of given.before ?? []) {
      const stream = prepare(before.request, () => NOON - (before.date ? 86_400 : 0)).stream()
      stream.push(encoding.encode(before.sampled, { allowedSpecial: 'all' }))
      stream.finish('stop')
      store.set(before.id, JSON.parse(JSON.stringify({ ...stream.stored(), id: before.id, output: before.output })))
    }
    const { expected } = given
    const bodies = [given.request, JSON.stringify(given.request), Buffer.from(JSON.stringify(given.request))]
    if (expected.error) {
      const isExpected = ({ body }) => contains(body.error, { type: 'invalid_request_error', ...expected.error })
      for (const body of bodies) assert.throws(() => prepare(body), isExpected, name)
      continue
    }
    const [job, ...same] = bodies.map(body => prepare(body))
    for (const other of same) assert.deepEqual(other.tokens, job.tokens, name)
    checkPrompt(name, expected, job, encoding, [...store.values()].at(-1))
  }
}

function checkPrompt(name, expected, job, encoding, stored) {
  if (expected.text !== undefined) assert.equal(encoding.decode(job.tokens), expected.text, name)
  if (expected.start_ids !== undefined) assert.equal(job.tokens.filter(token => token === 200_006).length, expected.start_ids, name)
  if (expected.messages) checkMessages(name, encoding.streamableParser({ role: null }), job.tokens, expected.messages)
  const fields = { constraint: job.constraint, ignored: job.ignored, sampling: job.sampling, max_tokens: job.maxTokens }
  for (const [field, found] of Object.entries(fields)) {
    if (field in expected) assert.deepEqual(found, expected[field], `${name}, ${field}`)
  }
  if (expected.continues !== undefined) {
    const kept = encoding.restoreTranscript(stored.transcript).tokens
    assert.equal(
      kept.every((token, at) => token === job.tokens[at]),
      expected.continues,
      name,
    )
  }
}

/** The last expected message may be the one that the prompt begins. */
function checkMessages(name, parser, tokens, expected) {
  parser.processMany(tokens)
  const { messages } = parser
  assert.ok([0, 1].includes(expected.length - messages.length), `${name}: ${messages.length} messages`)
  messages.forEach((message, at) => {
    const { author, text, channel = null, recipient = null } = expected[at]
    const { name: participant, content } = message
    const found = { author: participant ?? message.role, channel: message.channel ?? null, recipient: message.recipient ?? null }
    assert.deepEqual(found, { author, channel, recipient }, `${name}, message ${at}`)
    if (text === undefined) return
    assert.equal(typeof content === 'string' ? content : content.map(part => part.text).join(''), text, `${name}, message ${at}`)
  })
}
