// Checks of the case files through the installed package. Plain functions, so that every runtime and both module formats run the same.

import assert from 'node:assert/strict'

import { cases, read } from './case-files.mjs'
import { apiOutputs, apiRequests, apiStreams } from './cases.api.mjs'

const message = error => found => found.message === error.message

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
    assert.deepEqual(
      rendered.spans.map(span => span.start),
      [0, ...ends.slice(0, -1)].slice(0, ends.length),
      name,
    )
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
        assert.deepEqual(
          text.parse(written, { role, strict: false }).messages.map(parsed => parsed.message),
          lenient,
          name,
        )
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
  assert.deepEqual(
    encoding.specialTokens(),
    Object.entries(special)
      .sort(([, a], [, b]) => a - b)
      .map(([name]) => name),
  )
  for (const [name, id] of Object.entries(special)) {
    assert.deepEqual([...encoding.encode(name, { allowedSpecial: 'all' })], [id])
    assert.ok(encoding.isSpecialToken(id))
  }
}

/** The tokens of a text in which special tokens are written out; `{{<|end|>}}` is their text as ordinary text. */
function grammarTokens(encoding, text) {
  const parts = text.split(/\{\{(<\|.*?)\}\}/)
  return parts.flatMap((part, at) => [...encoding.encode(part, at % 2 ? { disallowedSpecial: [] } : { allowedSpecial: 'all' })])
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

/** The types of a schema as a tool's prompt has them; the types that they name come before, each a declaration. */
export function typescript({ encoding }) {
  for (const [file, { form, cases: given }] of cases('typescript')) {
    for (const { name, schema, text, aliases = [], taken = [], error } of given) {
      // A tool without parameters has none to write.
      if (schema === null) continue
      const tools = { functions: { name: 'functions', tools: [...taken.map(name => ({ name })), { name: 'f', parameters: schema }] } }
      const messages = [{ role: 'developer', content: [{ type: 'developer_content', tools }] }]
      const prompt = () => encoding.decode(encoding.renderWith(messages, { format: { prompts: form } }).tokens)
      if (error) {
        const expected = { code: 'render.invalid_schema', message: `parameters of the tool "f": ${error.message}` }
        assert.throws(prompt, expected, `${file}: ${name}`)
        continue
      }
      const written = prompt()
      for (const declaration of [...aliases, `type f = (_: ${text}) => any;`]) {
        assert.ok(written.includes(declaration), `${file}: ${name}: ${declaration} in ${written}`)
      }
    }
  }
}

/** All of them, with what they need. */
export const all = { rendering, renderOptions, typescript, parsing, recovery, tokenizing, apiOutputs, apiRequests, apiStreams, grammars }
