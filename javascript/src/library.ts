// What every entry that loads an encoding exports.

export type { RenderConversationOptions } from './encoding.js'
export type { ParserState, StreamState } from './parser.js'
export type { OpenMessage, RenderEnding, RenderFormat, RenderSpec, ResponseFormat } from './render-options.js'
export type { Part, Span, TokenSelection } from './rendered.js'
export type { EncodeOptions, SpecialTokens } from './special.js'
export type { TranscriptOptions } from './transcript.js'
export type * from './types.js'
export { HarmonyEncoding } from './encoding.js'
export { HarmonyError } from './error.js'
export { StreamableParser, TextParser } from './parser.js'
export { Rendered } from './rendered.js'
export { Transcript } from './transcript.js'
