// The Vercel AI SDK itself, with a language model whose engine always samples the same.

import assert from 'node:assert/strict'
import test from 'node:test'
import * as ai5 from 'ai-5'
import * as ai6 from 'ai-6'
import { StreamParts, streamParts } from 'openai-harmony/ai-sdk'
import { ChatCompletions } from 'openai-harmony/openai'

import { host } from './cases.api.mjs'
import { library } from './library.mjs'

const { full } = library
const SAMPLED =
  '<|channel|>analysis<|message|>Look it up.<|end|><|start|>assistant<|channel|>commentary<|message|>One moment. 👋<|end|>' +
  '<|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city":"Paris"}<|call|>'
const tokens = full.encode(SAMPLED, { allowedSpecial: 'all' })
const parameters = { type: 'object', properties: { city: { type: 'string' } } }
const request = {
  model: 'gpt-oss-20b',
  messages: [{ role: 'user', content: 'Weather in Paris?' }],
  tools: [{ type: 'function', function: { name: 'get_weather', parameters } }],
  stream: true,
  stream_options: { include_usage: true },
}

/** The chunks of an answer, for each token those that it adds. */
function sample(body = request, sampled = tokens) {
  const stream = new ChatCompletions(full, host()).prepare(body).stream()
  const chunks = [...sampled].map(token => stream.push([token]))
  return [...chunks, stream.finish('stop')]
}

const model = specificationVersion => ({
  specificationVersion,
  provider: 'harmony',
  modelId: 'gpt-oss-20b',
  supportedUrls: {},
  doStream: async () => ({ stream: ReadableStream.from(sample()).pipeThrough(streamParts({ specificationVersion })) }),
})

for (const [name, ai, version] of [
  ['ai 5', ai5, 'v2'],
  ['ai 6', ai6, 'v2'],
  ['ai 6', ai6, 'v3'],
]) {
  test(`${name} streams a model of specification ${version}`, async () => {
    globalThis.AI_SDK_LOG_WARNINGS = false
    const errors = []
    const result = ai.streamText({
      model: model(version),
      prompt: 'Weather in Paris?',
      tools: { get_weather: ai.tool({ inputSchema: ai.jsonSchema(parameters) }) },
      onError: ({ error }) => errors.push(error),
    })
    assert.equal(await result.reasoningText, 'Look it up.')
    assert.equal(await result.text, 'One moment. 👋')
    const [call] = await result.toolCalls
    assert.deepEqual([call.toolName, call.input], ['get_weather', { city: 'Paris' }])
    assert.equal(await result.finishReason, 'tool-calls')
    const usage = await result.usage
    assert.equal(usage.outputTokens, tokens.length)
    const reasoning = full.countTokens('Look it up.')
    assert.equal(usage.reasoningTokens, reasoning)
    assert.deepEqual(errors, [])
  })
}

test('the finish part of later specifications', () => {
  for (const specificationVersion of ['v3', 'v4']) {
    const parts = new StreamParts({ specificationVersion })
    const last = [...sample().flatMap(chunks => parts.push(chunks)), ...parts.finish()].at(-1)
    const reasoning = full.countTokens('Look it up.')
    assert.deepEqual(last.finishReason, { unified: 'tool-calls', raw: 'tool_calls' })
    assert.deepEqual(last.usage.outputTokens, { total: tokens.length, text: tokens.length - reasoning, reasoning })
  }
})

test('the input of a custom tool is text in its deltas and a JSON string in its call', () => {
  const tools = [{ type: 'custom', custom: { name: 'run' } }]
  const call = '<|channel|>commentary to=functions.run<|message|>print("4")<|call|>'
  const parts = new StreamParts()
  const chunks = sample({ ...request, tools }, full.encode(call, { allowedSpecial: 'all' }))
  const sent = chunks.flatMap(chunks => parts.push(chunks))
  sent.push(...parts.finish())
  const of = type => sent.filter(part => part.type === type)
  assert.equal(of('tool-input-start')[0].inputEncoding, 'text')
  assert.equal(
    of('tool-input-delta')
      .map(({ delta }) => delta)
      .join(''),
    'print("4")',
  )
  assert.equal(of('tool-call')[0].input, JSON.stringify('print("4")'))
})

test('the order of the parts', async () => {
  const parts = []
  for await (const part of ReadableStream.from(sample()).pipeThrough(streamParts())) parts.push(part)
  const kinds = parts.map(part => part.type).filter((type, at, all) => type !== all[at - 1])
  assert.deepEqual(kinds, [
    'stream-start',
    'response-metadata',
    'reasoning-start',
    'reasoning-delta',
    'reasoning-end',
    'text-start',
    'text-delta',
    'text-end',
    'tool-input-start',
    'tool-input-delta',
    'tool-input-end',
    'tool-call',
    'finish',
  ])
  assert.equal(parts.find(part => part.type === 'tool-call').input, '{"city":"Paris"}')
  assert.equal(parts.at(-1).finishReason, 'tool-calls')
  assert.equal(parts.at(-1).usage.outputTokens, tokens.length)
  assert.deepEqual(
    new StreamParts().finish().map(part => part.type),
    ['finish'],
  )
})
