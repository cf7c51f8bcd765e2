import type { StreamEvent } from './types.js'

/** What the modules report. */
export interface Failure {
  code: string
  message: string
  index: number | null
  pointer?: string
  body?: unknown
  events?: StreamEvent[]
}

/** Any error of this library. */
export class HarmonyError extends Error {
  override readonly name: string = 'HarmonyError'
  /** A stable identifier of the kind of error: `header.unknown_role`, `decode.invalid_token`, … */
  readonly code: string
  /** The index of the token (for text, of the UTF-16 code unit) or, when rendering, of the message that it is about. */
  readonly index: number | undefined
  /** The place in a JSON Schema, as a JSON pointer. */
  readonly pointer: string | undefined
  /** What `processMany`, `processText` or `finish` had found before it. */
  readonly events: StreamEvent[] | undefined

  constructor(failure: Pick<Failure, 'code' | 'message'> & Partial<Failure>, options?: ErrorOptions) {
    super(failure.message, options)
    this.code = failure.code
    this.index = failure.index ?? undefined
    this.pointer = failure.pointer
    this.events = failure.events
  }
}

/** What is wrong with a request. */
export type BadRequestCode =
  | 'missing_required_parameter'
  | 'invalid_type'
  | 'invalid_value'
  | 'unsupported_value'
  | 'unknown_parameter'
  | 'context_length_exceeded'
  | 'previous_response_not_found'

/** A request that cannot be served, with the first thing that is wrong with it. */
export class BadRequest extends HarmonyError {
  override readonly name = 'BadRequest'
  /** The HTTP status of the answer. */
  readonly status = 400
  /** The body of the answer: `{"error": {"message", "type", "param", "code"}}`. */
  readonly body: { error: { message: string; type: string; param: string | null; code: BadRequestCode | null } }

  constructor(failure: Failure) {
    super(failure)
    this.body = failure.body as BadRequest['body']
  }
}

/** The error that a failure makes. @internal */
export function errorOf(failure: Failure): HarmonyError {
  return failure.body === undefined ? new HarmonyError(failure) : new BadRequest(failure)
}
