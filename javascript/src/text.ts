// Parsing of text, which needs neither a vocabulary nor the rest of the library.

import { textModule } from '#open'

import { TextParser } from './parser.js'
import type { Source } from './source.js'
import type { Parsed, ParseOptions, StreamEvent } from './types.js'
import { parseStream } from './stream.js'
import { Wasm } from './wasm.js'

export type * from './types.js'
export type { Source } from './source.js'
export type { ParserState, StreamState } from './parser.js'
export { HarmonyError } from './error.js'
export { TextParser } from './parser.js'

/** Parses text in which special tokens are written out. `loadHarmonyText` makes it. */
export class HarmonyText {
  readonly #wasm: Wasm

  /** @internal */
  constructor(wasm: Wasm) {
    this.#wasm = wasm
  }

  /** The messages in a text, their places, what ended them, and what was repaired. Positions count UTF-16 code units. */
  parse(text: string, options?: ParseOptions): Parsed {
    const parser = this.parser(options)
    try {
      parser.processText(text)
      parser.finish()
      return parser.parsed
    } finally {
      parser.dispose()
    }
  }

  /** An incremental parser of text. */
  parser(options?: ParseOptions): TextParser {
    return TextParser.create(this.#wasm, options)
  }

  /** Text in, events out, as it streams. */
  parseStream(options?: ParseOptions): TransformStream<string, StreamEvent> {
    return parseStream(this, options)
  }
}

let loaded: Promise<HarmonyText> | undefined

/** Loads the parser of text. Without `options` that happens once. */
export function loadHarmonyText(options?: { wasm?: Source }): Promise<HarmonyText> {
  if (options) return load(options.wasm)
  loaded ??= load().catch((error: unknown) => {
    loaded = undefined
    throw error
  })
  return loaded
}

const load = async (source?: Source): Promise<HarmonyText> => new HarmonyText(new Wasm(await textModule(source)))
