/** An input, rendered or encoded to tokens and parsed in both modes. */
import { InputError, type Input } from '../input/recognise.js'
import { HarmonyError, renderRequest, type HarmonyEncoding, type Message, type Parsed, type Role } from '../library.js'
import { labelTokens, type Labels } from './labels.js'

export interface Reading {
  input: Input
  encoding: HarmonyEncoding
  tokens: Uint32Array
  /** The role whose header came before the tokens; null if they begin with `<|start|>`. */
  role: Role | null
  /** Whether a model wrote the tokens; otherwise they are a prompt, which ends in an open header. */
  isCompletion: boolean
  lenient: Parsed
  strict: StrictResult
  labels: Labels
  /** How long lenient parsing took, in milliseconds. */
  milliseconds: number
}

export interface StrictResult {
  messages: Message[]
  error: HarmonyError | null
}

const START = '<|start|>'

/** Throws an {@link InputError} if the input cannot be rendered. */
export function read(encoding: HarmonyEncoding, input: Input): Reading {
  const tokens = toTokens(encoding, input)
  const isCompletion = input.kind === 'completion' || input.kind === 'tokens'
  const begins = encoding.encode(START, { allowedSpecial: 'all' })[0]
  const role: Role | null = isCompletion && tokens[0] !== begins ? 'assistant' : null
  const started = performance.now()
  const lenient = parseLeniently(encoding, tokens, role, isCompletion)
  const milliseconds = performance.now() - started
  const labels = labelTokens(tokens.length, lenient)
  return {
    input,
    encoding,
    tokens,
    role,
    isCompletion,
    lenient,
    strict: parseStrictly(encoding, tokens, role, isCompletion),
    labels,
    milliseconds,
  }
}

function toTokens(encoding: HarmonyEncoding, input: Input): Uint32Array {
  try {
    switch (input.kind) {
      case 'completion':
        return encoding.encode(input.text, { allowedSpecial: 'all' })
      case 'tokens':
        return Uint32Array.from(input.tokens)
      case 'conversation':
        return encoding.renderConversationForCompletion(input.messages, 'assistant')
      case 'request':
        return renderRequest(encoding, input.api, input.body)
    }
  } catch (error) {
    if (error instanceof Error) throw new InputError(sentence(error.message))
    throw error
  }
}

function sentence(text: string): string {
  const upper = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(upper) ? upper : `${upper}.`
}

function parseLeniently(encoding: HarmonyEncoding, tokens: Uint32Array, role: Role | null, isWhole: boolean): Parsed {
  using parser = encoding.streamableParser({ role, strict: false })
  parser.processMany(tokens)
  if (isWhole) parser.finish()
  return parser.parsed
}

/** Up to the first error. */
function parseStrictly(encoding: HarmonyEncoding, tokens: Uint32Array, role: Role | null, isWhole: boolean): StrictResult {
  using parser = encoding.streamableParser({ role, strict: true })
  let error: HarmonyError | null = null
  try {
    parser.processMany(tokens)
    if (isWhole) parser.finish()
  } catch (problem) {
    if (!(problem instanceof Error)) throw problem
    error = problem as HarmonyError
  }
  return { messages: parser.messages, error }
}
