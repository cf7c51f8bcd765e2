// Streams of the platform and async iterators over the parsers.

import type { HarmonyEncoding } from './encoding.js'
import { StreamableParser } from './parser.js'
import type { TextParser } from './parser.js'
import type { ParseOptions, StreamEvent, Tokens } from './types.js'

/** What a stream may consist of: single tokens, some at a time, or text. All of one stream is of one kind. */
export type Piece = string | number | Tokens

/** What makes parsers: an encoding, or `HarmonyText` for text alone. */
export type ParserSource = HarmonyEncoding | { parser(options?: ParseOptions): TextParser }

/** Tokens or text in, events out. */
export function parseStream(source: ParserSource, options?: ParseOptions): TransformStream<Piece, StreamEvent> {
  const parser = parserOf(source, options)
  return new TransformStream({
    transform(piece, controller) {
      for (const event of take(parser, piece)) controller.enqueue(event)
    },
    flush(controller) {
      for (const event of parser.finish()) controller.enqueue(event)
      parser.dispose()
    },
  })
}

/** The events of an async iterable of tokens or text. */
export async function* events(
  source: ParserSource,
  pieces: AsyncIterable<Piece> | Iterable<Piece>,
  options?: ParseOptions,
): AsyncGenerator<StreamEvent, void, undefined> {
  const parser = parserOf(source, options)
  try {
    for await (const piece of pieces) yield* take(parser, piece)
    yield* parser.finish()
  } finally {
    parser.dispose()
  }
}

function parserOf(source: ParserSource, options?: ParseOptions): TextParser {
  return 'streamableParser' in source ? source.streamableParser(options) : source.parser(options)
}

function take(parser: TextParser, piece: Piece): StreamEvent[] {
  if (typeof piece === 'string') return parser.processText(piece)
  if (!(parser instanceof StreamableParser)) {
    throw new TypeError('tokens need an encoding, whose vocabulary says what they are')
  }
  return parser.processMany(typeof piece === 'number' ? [piece] : piece)
}
