/** Which of the four kinds of input a text is. */
import type { Message } from '../library.js'

export const INPUT_KINDS = {
  completion: 'Completion text',
  tokens: 'Token ids',
  conversation: 'Conversation',
  request: 'OpenAI request',
} as const
export type InputKind = keyof typeof INPUT_KINDS

export type Input =
  | { kind: 'completion'; text: string }
  | { kind: 'tokens'; tokens: number[] }
  | { kind: 'conversation'; messages: Message[] }
  | { kind: 'request'; api: 'chat' | 'responses'; body: Record<string, unknown> }

/** An input that cannot be read as what it was taken for. */
export class InputError extends Error {}

export function isInputKind(value: unknown): value is InputKind {
  return typeof value === 'string' && Object.hasOwn(INPUT_KINDS, value)
}

/** Reads a text as the given kind, or as the kind that it looks like. Throws an {@link InputError}. */
export function readInput(text: string, kind: InputKind | 'auto'): Input {
  switch (kind === 'auto' ? recognise(text) : kind) {
    case 'completion':
      return { kind: 'completion', text }
    case 'tokens':
      return { kind: 'tokens', tokens: readTokens(text) }
    case 'conversation':
      return { kind: 'conversation', messages: readMessages(readJson(text)) }
    case 'request':
      return readRequest(readJson(text))
  }
}

/** The kind that a text looks like; completion text if nothing else fits. */
export function recognise(text: string): InputKind {
  const trimmed = text.trim()
  if (TOKEN_LIST.test(trimmed)) return 'tokens'
  if (!/^[[{]/.test(trimmed)) return 'completion'
  let value: unknown
  try {
    value = JSON.parse(trimmed)
  } catch {
    // JSON that somebody is still writing; a model's bare JSON answer has no messages in it.
    return /"(messages|role|input)"\s*:/.test(trimmed) ? (looksLikeRequest(trimmed) ? 'request' : 'conversation') : 'completion'
  }
  if (isObject(value) && Array.isArray(value.tokens)) return 'tokens'
  if (isObject(value) && isRequest(value)) return 'request'
  if (messagesIn(value)) return 'conversation'
  return 'completion'
}

/** Numbers between separators, perhaps in brackets or as `tensor([…])`. */
const TOKEN_LIST = /^(?:tensor|array)?\(?\[*\s*\d+(?:[\s,]+\d+)*[\s,]*\]*[^[\]{}"a-z]*\)?$/

const REQUEST_ONLY = ['model', 'tools', 'input', 'tool_choice', 'reasoning_effort', 'response_format', 'temperature']

function looksLikeRequest(text: string): boolean {
  return REQUEST_ONLY.some(field => text.includes(`"${field}"`))
}

function isRequest(value: Record<string, unknown>): boolean {
  const hasInput = Array.isArray(value.messages) || 'input' in value
  return hasInput && REQUEST_ONLY.some(field => field in value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function messagesIn(value: unknown): unknown[] | undefined {
  const messages = isObject(value) ? value.messages : value
  const isList = Array.isArray(messages) && messages.length > 0
  return isList && messages.every(message => isObject(message) && 'role' in message) ? messages : undefined
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InputError(`This is not valid JSON: ${jsonProblem(text, error as SyntaxError)}`)
  }
}

/** What a browser says about invalid JSON, with the line instead of an offset. */
function jsonProblem(text: string, error: SyntaxError): string {
  const offset = /position (\d+)/.exec(error.message)?.[1]
  const problem = error.message.replace(/,? *(in JSON)? at position.*$/s, '').replace(/^JSON\.parse: /, '')
  if (offset === undefined) return `${problem}.`
  return `${problem} in line ${text.slice(0, Number(offset)).split('\n').length}.`
}

function readTokens(text: string): number[] {
  const trimmed = text.trim()
  if (trimmed.startsWith('{')) {
    const value = readJson(trimmed)
    if (isObject(value) && Array.isArray(value.tokens)) return value.tokens.map(toToken)
    throw new InputError('An object of token ids has them in its field "tokens".')
  }
  const listed = trimmed.replace(/^(?:tensor|array)?\(?\[*/, '').replace(/\]+[^\]]*$/, '')
  const words = listed.split(/[\s,]+/).filter(word => word !== '')
  return words.map((word, index) => toToken(/^\d+$/.test(word) ? Number(word) : word, index))
}

function toToken(value: unknown, index: number): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32) return value as number
  throw new InputError(
    `Entry ${index + 1} is not a token id: ${JSON.stringify(value)}. A list of ids has whole numbers, separated by commas or spaces.`,
  )
}

function readMessages(value: unknown): Message[] {
  const messages = messagesIn(value)
  if (messages) return messages as Message[]
  throw new InputError('A conversation is a list of messages, or an object with "messages". Each message has a "role".')
}

function readRequest(value: unknown): Input {
  if (!isObject(value)) throw new InputError('A request is a JSON object with "messages" (Chat Completions) or "input" (Responses).')
  if (!('messages' in value) && !('input' in value)) {
    throw new InputError('This request has neither "messages" (Chat Completions) nor "input" (Responses).')
  }
  return { kind: 'request', api: 'input' in value ? 'responses' : 'chat', body: value }
}
