import { OutputGrammar } from '../grammar.js'
import { Resource } from '../resource.js'
import { Transcript } from '../transcript.js'
import type { Wasm } from '../wasm.js'
import type { JsonSchema, Message } from '../types.js'
import { answering, seals, type Host, type ResponseStore } from './host.js'
import { apiOptions, type ApiOptions } from './options.js'

/** What the model may write, for engines that support constrained sampling; `Job.grammar` has it in their languages. */
export interface Constraint {
  /** Whether there may or must be calls. */
  calls: 'none' | 'auto' | 'required'
  /** The functions that may be called, each with the JSON Schema of its arguments; `null` for any arguments. */
  functions: { [name: string]: JsonSchema | null }
  /** The other tools that may be called, by recipient. */
  others: string[]
  parallel: boolean
  /** The form of the final message; `null` for text. */
  final: 'json' | { schema: JsonSchema } | null
  strict: boolean
}

interface Description {
  n: number
  stream_requested: boolean
  stop_token_ids: number[]
  max_tokens: number | null
  sampling: { [parameter: string]: unknown }
  constraint: Constraint | null
  ignored: string[]
  top_logprobs: number | null
}

/** The parts of a reader: the module, its handle, and the functions of the host. @internal */
export function newApi(wasm: Wasm, given: ApiOptions & Host): [Wasm, number, Host] {
  const { clock, ids, seal, unseal, ...options } = given
  const host: Host = { ...(clock && { clock }), ...(ids && { ids }), ...(seal && { seal }), ...(unseal && { unseal }) }
  return [wasm, wasm.call('api_new', wasm.writeJson(apiOptions(options)), seals(host)), host]
}

/** Reads the requests of an API. */
export abstract class RequestReader extends Resource {
  /** @internal */
  protected readonly host: Host

  /** @internal */
  constructor(wasm: Wasm, handle: number, host: Host) {
    super(wasm, handle, 'api_free')
    this.host = host
  }

  /** The handle of the job that a body makes. @internal */
  protected read(prepare: string, body: string | Uint8Array | object, store?: ResponseStore): number {
    const { wasm } = this
    const length =
      body instanceof Uint8Array ? wasm.writeBytes(body) : typeof body === 'string' ? wasm.writeText(body) : wasm.writeJson(body)
    return wasm.answering(answering(this.host, store), () => wasm.call(prepare, this.handle, length))
  }
}

/** A request, ready to be sampled. */
export abstract class Job extends Resource {
  /** The token ids that the model is to continue. */
  readonly tokens: Uint32Array
  /** How many choices to sample. */
  readonly n: number
  /** The ids at which the engine stops: `<|return|>` and `<|call|>`, never `<|end|>`. */
  readonly stopTokenIds: number[]
  /** How many tokens the engine may sample; `null` for any number. */
  readonly maxTokens: number | null
  /** The sampler's parameters that the request has, each as given. */
  readonly sampling: { [parameter: string]: unknown }
  /** What may be sampled; `null` if the model is free. */
  readonly constraint: Constraint | null
  /** The paths of the parameters that have no effect. */
  readonly ignored: string[]
  /** Whether the client asked for a stream. */
  readonly streamRequested: boolean
  /** For how many alternatives of each token the log-probabilities are wanted; `null` for no log-probabilities at all. */
  readonly topLogprobs: number | null
  /** @internal */
  protected readonly host: Host

  /** @internal */
  constructor(wasm: Wasm, handle: number, host: Host) {
    super(wasm, handle, 'job_free')
    this.host = host
    this.tokens = wasm.ids('job_tokens', handle)
    const description = wasm.json<Description>('job_description', handle)
    this.n = description.n
    this.stopTokenIds = description.stop_token_ids
    this.maxTokens = description.max_tokens
    this.sampling = description.sampling
    this.constraint = description.constraint
    this.ignored = description.ignored
    this.streamRequested = description.stream_requested
    this.topLogprobs = description.top_logprobs
  }

  /** The messages of the conversation, those included that the prompt leaves out. */
  get conversation(): Message[] {
    return this.wasm.json('job_conversation', this.handle)
  }

  /** The conversation, token for token, with its prompt open: what was sampled can be appended. */
  transcript(): Transcript {
    return new Transcript(this.wasm, this.wasm.call('job_transcript', this.handle))
  }

  /** The grammar of every correct answer to this request, also where the model is free. */
  grammar(): OutputGrammar {
    return new OutputGrammar(this.wasm, this.wasm.call('job_grammar', this.handle))
  }

  /** @internal */
  protected openStream(): number {
    return this.wasm.answering(answering(this.host), () => this.wasm.call('job_stream', this.handle))
  }
}
