// The official client against a server that this package makes, over a real socket.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import test from 'node:test'

import OpenAI from 'openai'
import {
  BadRequest,
  chatCompletionsFromConversation,
  ChatCompletions,
  conversationFromChatCompletions,
  Responses,
} from 'openai-harmony/openai'
import { outputGrammarForRequest } from 'openai-harmony/grammar'

import { host } from './cases.api.mjs'
import { library } from './library.mjs'

const { encoding, full } = library
const tools = [
  { type: 'function', function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } },
]
const SAMPLED =
  '<|channel|>analysis<|message|>Look it up.<|end|><|start|>assistant<|channel|>commentary<|message|>One moment. 👋<|end|>' +
  '<|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city":"Paris"}<|call|>'
const tokens = full.encode(SAMPLED, { allowedSpecial: 'all' })

/** A server of both APIs whose engine always samples the same. */
async function serve(use) {
  const store = new Map()
  const apis = { '/v1/chat/completions': new ChatCompletions(full), '/v1/responses': new Responses(full, { store }) }
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await collect(request))
    let job
    try {
      job = apis[request.url].prepare(body)
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error
      response.writeHead(error.status, { 'content-type': 'application/json' }).end(JSON.stringify(error.body))
      return
    }
    const stream = job.stream()
    const isChat = request.url.includes('chat')
    if (job.streamRequested) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(stream.sse.start())
      for (const token of tokens) response.write(stream.sse.push([token]))
      response.write(stream.sse.finish('stop'))
      response.end(isChat ? stream.sse.done() : undefined)
    } else {
      stream.push(tokens)
      stream.finish('stop')
      const whole = isChat ? stream.completion() : stream.response()
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole))
    }
    if (!isChat) store.set(stream.response().id, JSON.parse(JSON.stringify(stream.stored())))
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(new OpenAI({ baseURL: `http://127.0.0.1:${server.address().port}/v1`, apiKey: 'none', maxRetries: 0 }))
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

async function collect(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

const chat = { model: 'gpt-oss-20b', messages: [{ role: 'user', content: 'Weather in Paris?' }], tools }

test('the client adds the chunks of a chat completion up to the whole', () =>
  serve(async client => {
    const whole = await client.chat.completions.create(chat)
    const streamed = await client.chat.completions.stream({ ...chat, stream_options: { include_usage: true } }).finalChatCompletion()
    for (const { choices, usage } of [whole, streamed]) {
      assert.equal(choices[0].message.content, 'One moment. 👋')
      assert.equal(choices[0].message.tool_calls[0].function.name, 'get_weather')
      assert.equal(choices[0].message.tool_calls[0].function.arguments, '{"city":"Paris"}')
      assert.equal(choices[0].finish_reason, 'tool_calls')
      assert.equal(usage.completion_tokens, tokens.length)
    }
  }))

test('the client reads the events of a response, and continues it', () =>
  serve(async client => {
    const request = {
      model: 'gpt-oss-20b',
      input: 'Weather in Paris?',
      tools: tools.map(tool => ({ type: 'function', strict: false, ...tool.function })),
    }
    const kinds = item => item.type
    const expected = ['reasoning', 'message', 'function_call']
    const whole = await client.responses.create(request)
    assert.deepEqual(whole.output.map(kinds), expected)
    const streamed = await client.responses.stream(request).finalResponse()
    assert.deepEqual(streamed.output.map(kinds), expected)
    assert.equal(streamed.output_text, 'One moment. 👋')
    const call = streamed.output.at(-1)
    const next = await client.responses.create({
      ...request,
      input: [{ type: 'function_call_output', call_id: call.call_id, output: 'rain' }],
      previous_response_id: streamed.id,
    })
    assert.equal(next.status, 'completed')
  }))

test('a bad request is an error that the client reads', () =>
  serve(async client => {
    const request = { ...chat, messages: [{ role: 'usr', content: 'x' }] }
    await assert.rejects(client.chat.completions.create(request), { status: 400, param: 'messages[0].role' })
  }))

test('jobs say what the engine has to know', () => {
  const job = new ChatCompletions(full, { ...host(), date: '2025-06-28', force: 'prefix' }).prepare({
    ...chat,
    tool_choice: { type: 'function', function: { name: 'get_weather' } },
    temperature: 0.5,
    max_completion_tokens: 100,
  })
  assert.match(full.decode(job.tokens), /Current date: 2025-06-28[^]*to=functions\.get_weather/)
  assert.deepEqual(job.stopTokenIds, [200002, 200012])
  assert.equal(job.maxTokens, 100)
  assert.deepEqual(job.sampling, { temperature: 0.5 })
  assert.equal(job.conversation.at(-1).content, 'Weather in Paris?')
  const required = new ChatCompletions(full, host()).prepare({ ...chat, tool_choice: 'required' })
  assert.equal(required.constraint.calls, 'required')
  assert.ok(job.grammar().toLlguidance().startsWith('%llguidance'))
})

test('streams are copied, stored and continued', () => {
  const api = new ChatCompletions(full, host())
  let stream = api.prepare(chat).stream()
  const expected = api.prepare(chat).complete([[tokens, 'stop']]).choices[0].message.content
  for (const token of tokens) {
    stream = api.restoreStream(JSON.parse(JSON.stringify(stream.clone())))
    stream.push([token])
  }
  stream.finish('stop')
  assert.equal(stream.completion().choices[0].message.content, expected)
  assert.throws(() => stream.push([1]), { code: 'stream.misuse' })
})

test('an error in a function of the host reaches the caller, and the module goes on', () => {
  const broken = new ChatCompletions(full, {
    ids: () => {
      throw new Error('no ids today')
    },
  })
  assert.throws(() => broken.prepare(chat).stream(), /no ids today/)
  assert.ok(new ChatCompletions(full, host()).prepare(chat).stream())
  // A function of the host may use the library.
  const nested = new ChatCompletions(full, { ...host(), ids: prefix => prefix + full.countTokens('hello world') })
  assert.equal(nested.prepare(chat).complete([[tokens, 'stop']]).id, 'chatcmpl-2')
})

test('tools that the server runs', () => {
  const stream = new Responses(full, host())
    .prepare({ model: 'm', input: '17 * 23?', tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] })
    .stream()
  stream.push(full.encode('<|channel|>analysis to=python code<|message|>print(17 * 23)<|call|>', { allowedSpecial: 'all' }))
  assert.deepEqual(
    { ...stream.pendingTool, item_id: null },
    {
      kind: 'code_interpreter',
      tool: 'python',
      function: null,
      arguments: 'print(17 * 23)',
      item_id: null,
    },
  )
  assert.ok(stream.toolOutput('391\n').length > 0)
  assert.match(full.decode(stream.prompt()), /391\n<\|end\|><\|start\|>assistant$/)
})

test('log-probabilities come out with their text', () => {
  const job = new ChatCompletions(full, host()).prepare({ ...chat, tools: [], logprobs: true, top_logprobs: 1 })
  const answer = full.encode('<|channel|>final<|message|>4<|return|>', { allowedSpecial: 'all' })
  const stream = job.stream()
  stream.push(answer, { logprobs: [...answer].map(token => [-0.5, [[token, -0.5]]]) })
  stream.finish('stop')
  const { content } = stream.completion().choices[0].logprobs
  assert.deepEqual(
    content.map(({ token, logprob }) => [token, logprob]),
    [['4', -0.5]],
  )
})

test('conversations convert to Chat Completions and back', () => {
  const conversation = conversationFromChatCompletions(full, { messages: chat.messages, tools })
  assert.equal(conversation.messages.at(-1).content, 'Weather in Paris?')
  const row = chatCompletionsFromConversation(full, conversation)
  assert.equal(row.messages.at(-1).content, 'Weather in Paris?')
  assert.equal(row.tools[0].function.name, 'get_weather')
})

test('the grammar of a request is that of its job', () => {
  const job = new ChatCompletions(full, host()).prepare(chat)
  assert.equal(outputGrammarForRequest(full, chat).toGbnf(), job.grammar().toGbnf())
  assert.equal(job.grammar().toXgrammar().type, 'structural_tag')
})

test('the small module says that it has no adapters', () => {
  assert.throws(() => new ChatCompletions(encoding), { code: 'load.small_module' })
})
