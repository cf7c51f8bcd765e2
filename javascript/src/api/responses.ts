import type { HarmonyEncoding } from '../encoding.js'
import { fullOf } from '../full.js'
import { Resource } from '../resource.js'
import { Transcript } from '../transcript.js'
import type { Wasm } from '../wasm.js'
import type { Message, Repair, Tokens } from '../types.js'
import { answering, seals, type Host, type ResponseStore } from './host.js'
import { Job, newApi, RequestReader } from './job.js'
import type { ApiOptions } from './options.js'
import { Steps, type PushOptions, type Run } from './steps.js'
import type { BuiltinCall, EngineFinishReason, Note, ResponseEvent, ResponseObject } from './types.js'

const DONE = new TextEncoder().encode('data: [DONE]\n\n')

/**
 * The Responses API over one encoding: requests in, responses out, without I/O.
 *
 * With the types of the `openai` package, events and objects are `Responses<ResponseStreamEvent, Response>`.
 */
export class Responses<Event = ResponseEvent, Whole = ResponseObject> extends RequestReader {
  readonly #store: ResponseStore | undefined

  /** `store` holds the responses that a request may continue, by id, in the form that `ResponsesStream.stored` gives. */
  constructor(encoding: HarmonyEncoding, options: ApiOptions & Host & { store?: ResponseStore } = {}) {
    const { store, ...rest } = options
    super(...newApi(fullOf(encoding), rest))
    this.#store = store
  }

  /**
   * Reads the body of a request: JSON text, its bytes, or the object.
   *
   * @throws BadRequest with the first thing that is wrong with it.
   */
  prepare(body: string | Uint8Array | object): ResponsesJob<Event, Whole> {
    return new ResponsesJob(this.wasm, this.read('prepare_responses', body, this.#store), this.host)
  }

  /** The stream that `ResponsesStream.toJSON` stored. */
  restoreStream(state: unknown): ResponsesStream<Event, Whole> {
    const handle = this.wasm.call('responses_restore', this.wasm.writeJson(state), seals(this.host))
    return new ResponsesStream(this.wasm, handle, this.host)
  }
}

/** A request to the Responses API, ready to be sampled. */
export class ResponsesJob<Event = ResponseEvent, Whole = ResponseObject> extends Job {
  /** The response to this request: tokens in, events out. */
  stream(): ResponsesStream<Event, Whole> {
    return new ResponsesStream(this.wasm, this.openStream(), this.host)
  }

  /** The whole response at once. A call of a tool that the server runs is incomplete, as nobody runs it. */
  complete(tokens: Tokens, reason: EngineFinishReason | null = null): Whole {
    const stream = this.stream()
    stream.push(tokens)
    stream.finish(reason)
    return stream.response()
  }
}

/** What the client sees of a tool that the server ran. */
export interface ToolOutputOptions {
  /** What the client sees in `code_interpreter_call.outputs`; without it, the text as logs. */
  outputs?: object[]
  /** What the client sees in `web_search_call.action.sources`. */
  sources?: object[]
  /** Whether the tool failed; the text then says how. */
  failed?: boolean
}

/** The steps of a response, with the one of the tools that the server runs. */
class ResponseSteps<T> extends Steps<T> {
  readonly #module: Wasm
  readonly #step: Run<T>

  /** @internal */
  constructor(wasm: Wasm, run: Run<T>) {
    super(wasm, run)
    this.#module = wasm
    this.#step = run
  }

  /** Takes the result of the call that waits for it, as text or as a whole message, and sends what closes its item. */
  toolOutput(output: string | Message, options: ToolOutputOptions = {}): T {
    const content = typeof output === 'string' ? { text: output } : { message: output }
    return this.#step('tool_output', this.#module.writeJson({ ...content, ...options }))
  }
}

/** A response as server-sent events: the steps of the stream, in bytes. */
export class ResponsesSse extends ResponseSteps<Uint8Array> {
  /** The event after which a client stops to read: `data: [DONE]`. OpenAI's server does not send it; others do. */
  done(): Uint8Array {
    return DONE.slice()
  }
}

/**
 * The response to a request, while it is sampled.
 *
 * Tools that the server runs interrupt the sampling: after the tokens of a call `pendingTool` says what to run, `toolOutput` takes the
 * result, and `prompt()` is what to sample from next.
 */
export class ResponsesStream<Event = ResponseEvent, Whole = ResponseObject> extends Resource {
  /** The same stream as server-sent events. */
  readonly sse: ResponsesSse
  readonly #host: Host
  readonly #steps: ResponseSteps<Event[]>

  /** @internal */
  constructor(wasm: Wasm, handle: number, host: Host) {
    super(wasm, handle, 'responses_free')
    this.#host = host
    const ask = answering(host)
    this.sse = new ResponsesSse(wasm, (step, a, b) => wasm.answering(ask, () => wasm.bytes(`responses_${step}`, this.handle, 1, a, b)))
    this.#steps = new ResponseSteps(wasm, (step, a, b) =>
      wasm.answering(ask, () => wasm.json<Event[] | null>(`responses_${step}`, this.handle, 0, a, b) ?? []),
    )
  }

  /** Sends `response.created` and `response.in_progress`. Optional: the first tokens that are pushed start the stream, too. */
  start(options?: { cachedTokens?: number }): Event[] {
    return this.#steps.start(options)
  }

  /** Takes the tokens that were sampled, one or many. Gives the events that they add. */
  push(tokens: Tokens, options?: PushOptions): Event[] {
    return this.#steps.push(tokens, options)
  }

  /** Ends the response. Gives the events that close what is open, and the terminal one. */
  finish(reason?: EngineFinishReason | null): Event[] {
    return this.#steps.finish(reason)
  }

  /** Ends the response because the engine broke. Gives the events that close what is open, and `response.failed`. */
  fail(message: string, options?: { code?: string; param?: string }): Event[] {
    return this.#steps.fail(message, options)
  }

  /** Takes the result of the call that waits for it. Gives the events that close its item. */
  toolOutput(output: string | Message, options?: ToolOutputOptions): Event[] {
    return this.#steps.toolOutput(output, options)
  }

  /** Ends the response because the client gave it up. Nobody is there for events. */
  cancel(): void {
    this.wasm.answering(answering(this.#host), () => this.wasm.call('responses_cancel', this.handle))
  }

  /** The prompt of the next sampling. Each begins with the one before and what was sampled after it. */
  prompt(): Uint32Array {
    return this.wasm.ids('responses_prompt', this.handle)
  }

  /** The call that has to be run before the model continues. */
  get pendingTool(): BuiltinCall | null {
    return this.wasm.json('responses_pending_tool', this.handle)
  }

  /** The object `response` so far; after the end, the whole one. */
  response(): Whole {
    return this.wasm.json('responses_response', this.handle)
  }

  /** The response as a store keeps it, ready for JSON, for requests that continue it. */
  stored(): { id: string; [field: string]: unknown } {
    return this.wasm.json('responses_stored', this.handle)
  }

  /** What lenient parsing repaired. Positions count all sampled tokens. */
  get repairs(): Repair[] {
    return this.wasm.json('responses_repairs', this.handle)
  }

  /** What was left out of the answer or is wrong with it. */
  get notes(): Note[] {
    return this.wasm.json('responses_notes', this.handle)
  }

  /** The conversation with everything that was sampled: the next prompt begins with exactly these tokens. */
  transcript(): Transcript {
    return new Transcript(this.wasm, this.wasm.call('responses_transcript', this.handle))
  }

  /** A stream that goes its own way from here. */
  clone(): ResponsesStream<Event, Whole> {
    return new ResponsesStream(this.wasm, this.wasm.call('responses_clone', this.handle), this.#host)
  }

  /** The whole state as JSON, for `Responses.restoreStream`. */
  toJSON(): unknown {
    return this.wasm.json('responses_state', this.handle)
  }
}
