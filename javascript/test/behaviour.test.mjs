// What the case files do not show: JavaScript's strings, misuse, state, streams of the platform.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

import { HarmonyError, loadHarmonyEncoding } from 'openai-harmony'
import { events, parseStream } from 'openai-harmony/stream'

import { library } from './library.mjs'

const { encoding, text } = library
const special = { allowedSpecial: 'all' }
const CALL =
  '<|channel|>analysis<|message|>Look it up. 👋<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather ' +
  '<|constrain|>json<|message|>{"city":"東京"}<|call|>'

test('an encoding is loaded once', async () => {
  assert.equal(await loadHarmonyEncoding(), encoding)
  assert.equal(await loadHarmonyEncoding('HarmonyGptOss', {}), encoding)
  await assert.rejects(loadHarmonyEncoding('Other'), { code: 'load.unknown_encoding' })
})

test('a damaged vocabulary is refused', async () => {
  const wasm = new URL(import.meta.resolve('openai-harmony/harmony.wasm'))
  await assert.rejects(loadHarmonyEncoding('HarmonyGptOss', { wasm, vocabulary: new Uint8Array(100) }), {
    code: 'load.wrong_vocabulary',
  })
})

test('module and vocabulary come from bytes, modules, responses, addresses and paths', async () => {
  const [wasm, seed] = ['harmony.wasm', 'o200k.seed'].map(name => new URL(import.meta.resolve(`openai-harmony/${name}`)))
  const bytes = readFileSync(wasm)
  const answer = new Response(bytes, { headers: { 'content-type': 'application/wasm' } })
  for (const given of [bytes, await WebAssembly.compile(bytes), answer, wasm, wasm.href, wasm.pathname, Promise.resolve(bytes)]) {
    const loaded = await loadHarmonyEncoding('HarmonyGptOss', { wasm: given, vocabulary: readFileSync(seed).buffer })
    assert.deepEqual([...loaded.encode('hello world')], [24912, 2375])
  }
})

test('lone surrogates are U+FFFD, also where JSON has them', () => {
  assert.deepEqual(encoding.encode('a\ud800b'), encoding.encode('a\ufffdb'))
  const render = content => encoding.render({ role: 'user', content })
  assert.deepEqual(render('a\udc00b'), render('a\ufffdb'))
  assert.deepEqual(render('a literal \\ud800 and \\\ud800'), render('a literal \\ud800 and \\\ufffd'))
})

test('text that no buffer holds yet', () => {
  for (const given of [' '.repeat(1_000_000), '東京'.repeat(300_000), '👋'.repeat(100_000)]) {
    assert.equal(encoding.decode(encoding.encode(given)), given)
  }
})

test('positions in text are UTF-16 code units, however it is cut', () => {
  const written = '<|channel|>final👋 hello 👋👋<|message|>👋x<|end|>  <|start|>assistant<|channel|>final<|message|>y'
  const whole = text.parse(written, { strict: false })
  assert.equal(whole.length, written.length)
  for (const repair of whole.repairs.filter(({ start, end }) => start < end)) {
    assert.equal(written.slice(repair.start, repair.end).trim(), repair.text.trim())
  }
  for (const { message, content } of whole.messages) {
    const at = content.map(({ start, end }) => written.slice(start, end)).join('')
    assert.ok(at.startsWith(message.content), at)
  }
  for (let size = 1; size < written.length; size++) {
    // Cut anywhere: also inside of a special token and inside of a character.
    let parser = text.parser({ strict: false })
    for (let at = 0; at < written.length; at += size) parser.processText(written.slice(at, at + size))
    parser.finish()
    assert.deepEqual(parser.parsed, whole, `in pieces of ${size}`)
  }
})

test('errors in text count UTF-16 code units, also after an error', () => {
  const parser = text.parser()
  parser.processText('<|channel|>final<|message|>👋👋<|end|>')
  const at = '<|channel|>final<|message|>👋👋<|end|>'.length
  assert.throws(() => parser.processText('x👋👋'), { code: 'stream.unexpected_text', index: at })
  assert.throws(
    () => parser.processText('👋'),
    error => error.index === at + 1,
  )
})

test('an error has the events before it', () => {
  const tokens = encoding.encode('<|channel|>final<|message|>4<|end|>', special)
  assert.throws(
    () => encoding.streamableParser().processMany([...tokens, 24912]),
    error =>
      error instanceof HarmonyError &&
      error.code === 'stream.unexpected_token' &&
      error.index === tokens.length &&
      error.events.some(event => event.type === 'message_ended'),
  )
})

test('a prompt says where its completion begins', () => {
  const prompt = encoding.renderWith([{ role: 'user', content: '2 + 2?' }], {
    ending: { completion: { channel: 'final', content: 'It ' } },
  })
  const completion = encoding.encode('is 4.<|return|>', special)
  const { messages } = encoding.parse(completion, { prompt: prompt.tokens })
  assert.equal(messages[0].message.content, 'It is 4.')
  const parser = encoding.streamableParser({ prompt: prompt.tokens })
  parser.processMany(completion)
  assert.equal(parser.messages[0].content, 'It is 4.')
})

test('copies and stored parsers continue on their own', () => {
  const tokens = [...encoding.encode(CALL, special)]
  const expected = encoding.parseMessagesFromCompletionTokens(tokens)
  const parser = encoding.streamableParser()
  parser.processMany(tokens.slice(0, 9))
  const copies = [parser.clone(), encoding.restoreParser(JSON.parse(JSON.stringify(parser)))]
  parser.reset()
  assert.equal(parser.messageCount, 0)
  for (const copy of copies) {
    copy.processMany(tokens.slice(9))
    assert.deepEqual(copy.messages, expected)
    assert.deepEqual([...copy.tokens], tokens)
  }
})

test('taken messages are gone, and positions go on', () => {
  const parser = text.parser()
  parser.processText('<|channel|>final<|message|>👋<|end|>')
  assert.equal(parser.takeMessages().length, 1)
  assert.equal(parser.messageCount, 0)
  const before = '<|channel|>final<|message|>👋<|end|>'.length
  assert.throws(() => parser.processText('x'), { index: before })
})

test('what was disposed of says so', () => {
  const parser = encoding.streamableParser()
  parser[Symbol.dispose]()
  parser.dispose()
  assert.throws(() => parser.state, { code: 'object.disposed' })
})

test('wrong arguments are errors that name them', () => {
  assert.throws(() => encoding.decode([1.5]), RangeError)
  assert.throws(() => encoding.streamableParser().process(-1), RangeError)
  assert.throws(() => encoding.encode('x', { allowedSpecial: '<|end|>' }), TypeError)
  assert.throws(() => encoding.decode([4_000_000_000]), { code: 'decode.invalid_token', index: 0 })
  assert.throws(() => encoding.render({ role: 'nobody', content: 'x' }), /nobody/)
  assert.throws(() => encoding.renderConversation([{ role: 'user' }]), { code: 'render.invalid_conversation' })
  assert.throws(() => text.parser({ prompt: [1] }), TypeError)
})

test('a transcript keeps the tokens that were sampled', () => {
  const transcript = encoding.transcript({ format: { analysis: 'completed_turns' } })
  transcript.append({ role: 'user', content: 'Weather?' })
  const prompt = transcript.prompt()
  const sampled = encoding.encode(CALL, special)
  assert.equal(transcript.appendCompletion(sampled).at(-1).recipient, 'functions.get_weather')
  transcript.append({ role: 'tool', name: 'functions.get_weather', content: 'rain', channel: 'commentary', recipient: 'assistant' })
  const next = transcript.prompt()
  assert.deepEqual(next.slice(0, prompt.length + sampled.length), Uint32Array.from([...prompt, ...sampled]))
  assert.equal(transcript.staleFrom, null)
  assert.equal(transcript.length, 4)
  const restored = encoding.restoreTranscript(JSON.parse(JSON.stringify(transcript)))
  assert.deepEqual(restored.tokens, transcript.tokens)
  assert.deepEqual(restored.messages, transcript.clone().messages)
  // What was sampled, and nothing else, is in its mask.
  const rendered = transcript.rendered()
  const mask = rendered.mask({ sampled_only: true })
  assert.deepEqual(
    rendered.tokens.filter((_, at) => mask[at]),
    sampled,
  )
})

test('streams and iterators give the events of one call', async () => {
  const tokens = [...encoding.encode(CALL, special)]
  const parser = encoding.streamableParser()
  const expected = [...parser.processMany(tokens), ...parser.finish()]
  const found = []
  for await (const event of events(encoding, [tokens])) found.push(event)
  assert.deepEqual(found, expected)

  const join = list =>
    list
      .filter(event => event.type === 'content_delta')
      .map(event => event.text)
      .join('')
  const pieces = ReadableStream.from(CALL.match(/[^]{1,3}/gu))
  const streamed = []
  for await (const event of pieces.pipeThrough(parseStream(text))) streamed.push(event)
  assert.equal(join(streamed), join(expected))
  await assert.rejects(events(text, tokens).next(), TypeError)
})

test('the same instance after a trap, without what it held', async () => {
  // No input makes the module trap, so one function of the next instance is replaced by a stand-in that does.
  const { Instance } = WebAssembly
  let traps = 0
  WebAssembly.Instance = function (module, imports) {
    const { exports } = new Instance(module, imports)
    const count_tokens = (...args) => {
      if (traps++ === 0) throw new WebAssembly.RuntimeError('unreachable')
      return exports.count_tokens(...args)
    }
    return { exports: { ...exports, count_tokens } }
  }
  try {
    const [wasm, vocabulary] = ['harmony.wasm', 'o200k.seed'].map(name => new URL(import.meta.resolve(`openai-harmony/${name}`)))
    const fragile = await loadHarmonyEncoding('HarmonyGptOss', { wasm, vocabulary })
    const parser = fragile.streamableParser()
    assert.throws(() => fragile.countTokens('hello world'), { code: 'wasm.trapped' })
    assert.equal(fragile.countTokens('hello world'), 2)
    assert.deepEqual([...fragile.encode('hello world')], [24912, 2375])
    assert.throws(() => parser.state, { code: 'object.lost' })
    parser.dispose()
    assert.equal(fragile.streamableParser().state, 'Header')
  } finally {
    WebAssembly.Instance = Instance
  }
})
