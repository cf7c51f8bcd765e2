// The case files of test-data/, which Rust and Python read too, through the installed package. Plain functions, so that every runtime
// and both module formats run the same.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'

/** `HARMONY_TEST_DATA` is the folder: the tests run outside of the repository, from the packed package. */
const root = process.env.HARMONY_TEST_DATA

const read = path => JSON.parse(readFileSync(`${root}/${path}`, 'utf8'))

function cases(folder) {
  const files = readdirSync(`${root}/${folder}`).filter(file => file.endsWith('.json'))
  assert.ok(files.length > 0, folder)
  return files.map(file => [`${folder}/${file}`, read(`${folder}/${file}`)])
}

const message = error => (found => found.message === error.message)

/** A message without fields that are absent, its content as a list. */
const plain = ({ content, ...rest }) => ({
  ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)),
  content: typeof content === 'string' ? [{ type: 'text', text: content }] : content,
})

/** The short form of the recovery cases. */
const brief = ({ content, ...rest }) => {
  const text = typeof content === 'string' ? content : content.map(part => part.text).join('')
  return { ...rest, text }
}

export function rendering({ encoding }) {
  const ways = {
    render_conversation: messages => encoding.renderConversation(messages),
    render_conversation_for_completion: messages => encoding.renderConversationForCompletion(messages, 'assistant'),
    render_conversation_for_completion_keep_analysis: messages =>
      encoding.renderConversationForCompletion({ messages }, 'assistant', { autoDropAnalysis: false }),
    render_conversation_for_training: messages => encoding.renderConversationForTraining(messages),
  }
  for (const [name, given] of cases('render')) {
    for (const [way, render] of Object.entries(ways)) {
      const expected = given[way]
      if (expected.error) {
        assert.throws(() => render(given.to_dict), message(expected.error), `${name}, ${way}`)
        continue
      }
      const tokens = render(given.to_dict)
      assert.deepEqual([...tokens], expected.tokens, `${name}, ${way}`)
      assert.equal(encoding.decode(tokens), expected.text, `${name}, ${way}`)
    }
    const each = () => given.to_dict.map(one => [...encoding.render(one)])
    if (given.render_each.error) assert.throws(each, message(given.render_each.error), name)
    else assert.deepEqual(each(), given.render_each, name)
  }
}

export function renderOptions({ encoding }) {
  for (const [name, { spec, messages, ...expected }] of cases('render-options')) {
    if (expected.error) {
      const { code, index } = expected.error
      assert.throws(
        () => encoding.renderWith(messages, spec),
        found => found.code === code && found.index === index && message(expected.error)(found),
        name,
      )
      continue
    }
    const rendered = encoding.renderWith(messages, spec)
    assert.equal(encoding.decode(rendered.tokens), expected.text, name)
    if (expected.tokens) assert.deepEqual([...rendered.tokens], expected.tokens, name)
    // The spans cover the tokens without gaps.
    const ends = rendered.spans.map(span => span.end)
    assert.deepEqual(rendered.spans.map(span => span.start), [0, ...ends.slice(0, -1)].slice(0, ends.length), name)
    assert.equal(ends.at(-1) ?? 0, rendered.tokens.length, name)
    assert.equal(rendered.mask().length, rendered.tokens.length, name)
  }
}

const properties = parser => ({
  state: parser.state,
  role: parser.currentRole,
  channel: parser.currentChannel,
  recipient: parser.currentRecipient,
  content_type: parser.currentContentType,
  delta: parser.lastContentDelta,
  content: parser.currentContent,
})

export function parsing({ encoding }) {
  for (const [name, { tokens, role, ...given }] of cases('parse')) {
    const parse = () => encoding.parseMessagesFromCompletionTokens(tokens, role)
    if (given.strict.error) assert.throws(parse, message(given.strict.error), name)
    else assert.deepEqual(parse().map(plain), given.strict.messages.map(plain), name)

    const parser = encoding.streamableParser({ role })
    const [before, ...steps] = given.stream
    assert.deepEqual(properties(parser), before, name)
    steps.forEach(({ error, eos, token, ...expected }, index) => {
      const step = () => (eos ? parser.finish() : parser.process(tokens[index]))
      if (error) assert.throws(step, message(error), `${name}, token ${index}`)
      else step()
      assert.deepEqual(properties(parser), expected, `${name}, token ${index}`)
    })
    assert.deepEqual(parser.messages.map(plain), given.stream_messages.map(plain), name)
  }
}

/** The same stream in one call, token by token, from its stored form, and as text gives the same messages. */
export function recovery({ encoding, text }) {
  for (const [name, { tokens, role, ...given }] of cases('recovery')) {
    const strict = () => encoding.parseMessagesFromCompletionTokens(tokens, role)
    const reference = given.reference_strict
    if (reference.error) assert.throws(strict, found => found.message.startsWith(reference.error), name)
    else if (given.strict) assert.deepEqual(strict().map(brief), given.strict, name)
    else assert.deepEqual(strict().map(plain), reference.map(plain), name)

    const lenient = encoding.parseMessagesFromCompletionTokens(tokens, role, { strict: false })
    if (given.lenient) assert.deepEqual(lenient.map(brief), given.lenient, name)

    let parser = encoding.streamableParser({ role, strict: false })
    const events = []
    for (const token of tokens) {
      events.push(...parser.processMany([token]))
      parser = encoding.restoreParser(JSON.parse(JSON.stringify(parser)))
    }
    events.push(...parser.finish())
    assert.deepEqual(parser.messages, lenient, name)
    lenient.forEach((one, index) => {
      const deltas = events.filter(event => event.type === 'content_delta' && event.index === index)
      assert.equal(deltas.map(event => event.text).join(''), brief(one).text, name)
    })
    if (tokens.every(token => token < 201_089)) {
      const written = encoding.decode(tokens)
      if (!written.includes('\ufffd')) {
        assert.deepEqual(text.parse(written, { role, strict: false }).messages.map(parsed => parsed.message), lenient, name)
      }
    }
  }
}

export function tokenizing({ encoding }) {
  for (const { text, tokens } of read('tokenizer/encode.json')) {
    assert.deepEqual([...encoding.encode(text, { disallowedSpecial: [] })], tokens, JSON.stringify(text))
    assert.equal(encoding.countTokens(text, { disallowedSpecial: [] }), tokens.length)
  }
  for (const { tokens, call, text, error } of read('tokenizer/decode.json')) {
    const decode = () => encoding.decode(tokens, { fatal: call === 'decode_utf8' })
    if (error) assert.throws(decode, found => found.code.startsWith('decode.'), String(tokens))
    else assert.equal(decode(), text, String(tokens))
  }
  const special = read('tokenizer/special.json')
  assert.deepEqual(encoding.specialTokens(), Object.entries(special).sort(([, a], [, b]) => a - b).map(([name]) => name))
  for (const [name, id] of Object.entries(special)) {
    assert.deepEqual([...encoding.encode(name, { allowedSpecial: 'all' })], [id])
    assert.ok(encoding.isSpecialToken(id))
  }
}

/** Whether `found` has everything that `expected` has. */
function contains(found, expected) {
  if (Array.isArray(expected)) {
    return Array.isArray(found) && found.length === expected.length && expected.every((value, at) => contains(found[at], value))
  }
  if (expected === null || typeof expected !== 'object') return found === expected
  return Object.entries(expected).every(([name, value]) => contains(found?.[name], value))
}

/** A fixed clock and numbered ids, as in the tests of Rust and Python. */
export function host() {
  let count = 0
  return { clock: () => 1_751_068_800, ids: prefix => `${prefix}${++count}` }
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
    assert.deepEqual(objects, lines.map(line => JSON.parse(line.slice('data: '.length))), api)
  }
}

/** The tokens of a text in which special tokens are written out; `{{<|end|>}}` is their text as ordinary text. */
function grammarTokens(encoding, text) {
  const parts = text.split(/\{\{(<\|.*?)\}\}/)
  return parts.flatMap((part, at) => [
    ...encoding.encode(part, at % 2 ? { disallowedSpecial: [] } : { allowedSpecial: 'all' }),
  ])
}

export function grammars({ full, grammar }) {
  const choice = given => {
    if (given?.function) return { named: given.function }
    if (given?.allowed) return { allowed: { tools: given.allowed, required: given.mode === 'required' } }
    return given
  }
  for (const [name, { request, text, allowed }] of cases('grammar')) {
    const tools = Object.fromEntries((request.builtin ?? []).map(tool => [tool, full.toolNamespace(tool)]))
    const made = grammar.outputGrammar(full, {
      system: { type: 'system_content', tools },
      tools: request.tools ?? [],
      toolChoice: choice(request.tool_choice),
      parallelToolCalls: request.parallel ?? false,
      reasoning: request.reasoning,
      responseFormat: request.response_format && { type: 'json_schema', schema: request.response_format.json_schema },
    })
    const tokens = grammarTokens(full, text)
    assert.equal(made.check(tokens).ok, allowed, name)
    const matcher = made.matcher()
    assert.equal(tokens.every(token => matcher.accept(token)) && matcher.isComplete, allowed, name)
  }
}

/** All of them, with what they need. */
export const all = { rendering, renderOptions, parsing, recovery, tokenizing, apiOutputs, apiStreams, grammars }
