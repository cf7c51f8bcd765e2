// All that knows addresses: texts and token ids into the memory of a module, answers out of it.

import { errorOf, HarmonyError, type Failure } from './error.js'
import type { StreamEvent, Tokens } from './types.js'

/** The functions of a module: addresses, lengths and handles are numbers. */
type Exports = { memory: WebAssembly.Memory } & Record<string, (...args: number[]) => number>

/** What a function of JavaScript answers to a module; `null` for nothing. */
export type Ask = (question: number, text: string) => string | null

/** The kinds of answers, as `answer.rs` numbers them. */
const enum Kind {
  Value,
  Failure,
  Null,
  Delta,
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const toUtf8 = new TextEncoder()

/** `TextDecoder` takes longer to start than to decode so little. */
const SHORT = 24

/** A module that runs. After a trap it is made again, and what it held is lost. */
export class Wasm {
  readonly #module: WebAssembly.Module
  readonly #vocabulary: Uint8Array | undefined
  #exports!: Exports
  #bytes!: Uint8Array
  #words!: Uint32Array
  /** Where the current answer is, in words. */
  #answer = 0
  /** Counts the instances: a handle of one is nothing to the next. */
  generation = 0
  /** Who answers the questions of the module during a call. */
  #ask: Ask | undefined
  #thrown: { error: unknown } | undefined

  constructor(module: WebAssembly.Module, vocabulary?: Uint8Array) {
    this.#module = module
    this.#vocabulary = vocabulary
    this.#start()
  }

  #start(): void {
    const imports = { harmony: { ask: this.#answerQuestion.bind(this) } }
    const instance = new WebAssembly.Instance(this.#module, imports)
    this.#exports = instance.exports as Exports
    this.#look()
    this.generation += 1
    if (this.#vocabulary) {
      this.call('vocabulary_load', this.writeBytes(this.#vocabulary))
    }
  }

  /** The memory is another buffer after it has grown. */
  #look(): void {
    const { buffer } = this.#exports.memory
    if (this.#bytes?.buffer !== buffer) {
      this.#bytes = new Uint8Array(buffer)
      this.#words = new Uint32Array(buffer)
    }
  }

  /** Whether the module has a function. */
  has(name: string): boolean {
    return name in this.#exports
  }

  // Arguments. Each method returns a length, and the next call is the one that takes them.

  #bytesRoom(length: number): number {
    const at = this.#exports['bytes_room']!(length)
    this.#look()
    return at
  }

  /** Writes text as UTF-8 after the first `after` bytes; lone surrogates become U+FFFD. */
  writeText(text: string, after = 0): number {
    let room = after + text.length
    let at = this.#bytesRoom(room)
    let { read, written } = toUtf8.encodeInto(text, this.#bytes.subarray(at + after, at + room))
    if (read < text.length) {
      const rest = text.slice(read)
      room = after + written + 3 * rest.length
      at = this.#bytesRoom(room)
      written += toUtf8.encodeInto(rest, this.#bytes.subarray(at + after + written, at + room)).written
    }
    return written
  }

  /** Writes a value as JSON after the first `after` bytes. */
  writeJson(value: unknown, after = 0): number {
    const json = JSON.stringify(value ?? null)
    return this.writeText(json.includes('\\ud') ? withoutLoneSurrogates(json) : json, after)
  }

  writeBytes(bytes: Uint8Array): number {
    const at = this.#bytesRoom(bytes.length)
    this.#bytes.set(bytes, at)
    return bytes.length
  }

  /** Writes token ids after the first `after` of them. */
  writeIds(tokens: Tokens, after = 0): number {
    const { length } = tokens
    const at = this.#exports['ids_room']!(after + length) / 4 + after
    this.#look()
    if (tokens instanceof Uint32Array) {
      this.#words.set(tokens, at)
      return length
    }
    for (let index = 0; index < length; index++) {
      this.#words[at + index] = tokenId(tokens[index])
    }
    return length
  }

  // Calls. What a call returns is read before the next one.

  /** Calls a function that returns nothing, or a number; `null` is -1. */
  call(name: string, a = 0, b = 0, c = 0, d = 0, e = 0): number {
    const kind = this.#run(name, a, b, c, d, e)
    return kind === Kind.Null ? -1 : this.#words[this.#answer + 2]!
  }

  text(name: string, a = 0, b = 0, c = 0, d = 0, e = 0): string | null {
    const kind = this.#run(name, a, b, c, d, e)
    return kind === Kind.Null ? null : this.#text()
  }

  json<T>(name: string, a = 0, b = 0, c = 0, d = 0, e = 0): T {
    const text = this.text(name, a, b, c, d, e)
    return (text === null ? null : JSON.parse(text)) as T
  }

  bytes(name: string, a = 0, b = 0, c = 0, d = 0, e = 0): Uint8Array<ArrayBuffer> {
    this.#run(name, a, b, c, d, e)
    const at = this.#words[this.#answer + 1]!
    return this.#bytes.slice(at, at + this.#words[this.#answer + 2]!) as Uint8Array<ArrayBuffer>
  }

  ids(name: string, a = 0, b = 0, c = 0, d = 0, e = 0): Uint32Array<ArrayBuffer> {
    this.#run(name, a, b, c, d, e)
    const at = this.#words[this.#answer + 1]! / 4
    return this.#words.slice(at, at + this.#words[this.#answer + 2]!) as Uint32Array<ArrayBuffer>
  }

  events(name: string, a = 0, b = 0): StreamEvent[] {
    const kind = this.#run(name, a, b, 0, 0, 0)
    if (kind === Kind.Delta) {
      return [{ type: 'content_delta', index: this.#words[this.#answer + 3]!, text: this.#text() }]
    }
    return kind === Kind.Null ? [] : (JSON.parse(this.#text()) as StreamEvent[])
  }

  /** Drops an object of the module, unless a trap has done so. */
  free(name: string, handle: number, generation: number): void {
    if (generation === this.generation) {
      this.#exports[name]!(handle)
    }
  }

  /** Runs `work`, during which `ask` answers the questions of the module. */
  answering<T>(ask: Ask, work: () => T): T {
    const before = this.#ask
    this.#ask = ask
    try {
      const result = work()
      const thrown = this.#thrown
      this.#thrown = undefined
      if (thrown) throw thrown.error
      return result
    } finally {
      this.#ask = before
      this.#thrown = undefined
    }
  }

  #run(name: string, a: number, b: number, c: number, d: number, e: number): Kind {
    let at
    try {
      at = this.#exports[name]!(a, b, c, d, e)
    } catch (cause) {
      this.#start()
      const message = `the WebAssembly module failed in ${name} and was started again; parsers and other objects made before are lost`
      throw new HarmonyError({ code: 'wasm.trapped', message }, { cause })
    }
    this.#look()
    this.#answer = at / 4
    const kind = this.#words[this.#answer]!
    if (kind === Kind.Failure) {
      throw errorOf(JSON.parse(this.#text()) as Failure)
    }
    return kind
  }

  /** The text of the answer. */
  #text(): string {
    const at = this.#words[this.#answer + 1]!
    const length = this.#words[this.#answer + 2]!
    if (length <= SHORT) {
      let text = ''
      for (let index = at; index < at + length; index++) {
        const byte = this.#bytes[index]!
        if (byte > 0x7f) return utf8.decode(this.#bytes.subarray(at, at + length))
        text += String.fromCharCode(byte)
      }
      return text
    }
    return utf8.decode(this.#bytes.subarray(at, at + length))
  }

  /** The import `ask`: the length of the text that it wrote, or -1 for none. */
  #answerQuestion(question: number, address: number, length: number): number {
    this.#look()
    const text = utf8.decode(this.#bytes.subarray(address, address + length))
    try {
      const answer = this.#ask?.(question, text) ?? null
      return answer === null ? -1 : this.writeText(answer)
    } catch (error) {
      // It must not pass through the module, which could not finish its work.
      this.#thrown ??= { error }
      return -1
    }
  }
}

/** JSON in which every lone surrogate is U+FFFD. `JSON.stringify` writes them, and nothing else, as `\ud…`. */
function withoutLoneSurrogates(json: string): string {
  return json.replace(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, match => (match === '\\\\' ? match : '\ufffd'))
}

/** A token id, checked. */
export function tokenId(token: number | undefined): number {
  if (typeof token !== 'number' || token >>> 0 !== token) {
    throw new RangeError(`a token id is an integer from 0 to 4294967295, not ${String(token)}`)
  }
  return token
}
