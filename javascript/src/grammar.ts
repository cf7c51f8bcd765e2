// Grammars for constrained decoding: what a model may write after `<|start|>assistant`, given the request.

import type { HarmonyEncoding } from './encoding.js'
import { Resource } from './resource.js'
import { tokenId, type Wasm } from './wasm.js'
import { apiOptions, type ApiOptions } from './api/options.js'
import { fullOf } from './full.js'
import type { DeveloperContent, JsonSchema, SystemContent, Tokens, ToolDescription } from './types.js'

export { HarmonyError } from './error.js'

/** A tool of the application, or a tool of either API: `{type: 'function', function: {…}}` or flat. */
export type GrammarTool =
  (ToolDescription & { strict?: boolean | null }) | { function: { name: string; parameters?: JsonSchema | null; strict?: boolean | null } }

/** Which tools may or must be called. */
export type ToolChoice = 'auto' | 'none' | 'required' | { named: string } | { allowed: { tools: string[]; required: boolean } }

/** The form of the answer as either API spells it. */
export type ResponseFormat =
  | { type: 'text' | 'json_object' }
  | { type: 'json_schema'; schema: JsonSchema; strict?: boolean | null }
  | { type: 'json_schema'; json_schema: { schema?: JsonSchema; strict?: boolean | null } }

/** What a grammar is made of. */
export interface GrammarOptions {
  /** The content of the system or developer message, for the tools that it offers. */
  system?: SystemContent
  developer?: DeveloperContent
  /** More functions. */
  tools?: Iterable<GrammarTool>
  toolChoice?: ToolChoice
  /** Several calls may follow each other. The engine must not stop at `<|call|>` then. */
  parallelToolCalls?: boolean
  responseFormat?: ResponseFormat
  /** Whether there may be thoughts, must be none, or must be at least one. */
  reasoning?: 'auto' | 'off' | 'required'
  /** With `declared`, only tools with `strict: true` must fit their schemas. */
  schemas?: 'all' | 'declared'
  /** Messages to the user before a call; by default where a call is possible and the answer is text. */
  preambles?: boolean
  /** Whether the header of a JSON answer may have `<|constrain|>json`; by default yes. */
  jsonMark?: boolean
  compat?: 'vllm'
  /** With `relax`, GBNF, `check` and matchers allow any JSON object where a schema cannot be enforced. */
  unsupported?: 'error' | 'relax'
  /** What the prompt has after `<|start|>assistant`. */
  prefix?: string | Tokens
}

/** What `check` found. */
export interface Checked {
  /** Whether all tokens are allowed, and are a whole output. */
  ok: boolean
  /** The first token that is not allowed, its id, and what was expected. */
  index: number | null
  token: number | null
  expected: string | null
  is_complete: boolean
  /** The stop token that alone is missing, as where an engine strips it. */
  missing_stop: number | null
}

/** A schema that was replaced by "any JSON object", because of a keyword that cannot be enforced. */
export interface Relaxed {
  of: string
  reason: string
  pointer: string | null
}

/** What may come next: one of `tokens`; any text, or one of `tokens`; or JSON that fits `schema`, and then one of `tokens`. */
export interface Allowed {
  kind: 'tokens' | 'text' | 'json'
  tokens: number[]
  schema: JsonSchema | null
}

/** The grammar of everything that a model may correctly answer. */
export function outputGrammar(encoding: HarmonyEncoding, options: GrammarOptions = {}): OutputGrammar {
  const wasm = fullOf(encoding)
  const contents = [options.system, options.developer]
  const prefix = options.prefix ?? ''
  const wire = {
    namespaces: contents.flatMap(content => Object.values(content?.tools ?? {})),
    tools: [...(options.tools ?? [])].map(toolOf),
    tool_choice: options.toolChoice,
    parallel_tool_calls: options.parallelToolCalls,
    response_format: responseFormatOf(options.responseFormat),
    reasoning: options.reasoning,
    schemas: options.schemas,
    preambles: options.preambles,
    json_mark: options.jsonMark,
    compat: options.compat,
    unsupported: options.unsupported,
    prefix: typeof prefix === 'string' ? prefix : Array.from(prefix, tokenId),
  }
  return new OutputGrammar(wasm, wasm.call('grammar_new', wasm.writeJson(wire)))
}

/** The grammar of every correct answer to a request of either API, given its body: JSON text or the object. */
export function outputGrammarForRequest(encoding: HarmonyEncoding, body: string | object, options?: ApiOptions): OutputGrammar {
  const wasm = fullOf(encoding)
  const length = wasm.writeJson(apiOptions(options))
  const rest = typeof body === 'string' ? wasm.writeText(body, length) : wasm.writeJson(body, length)
  return new OutputGrammar(wasm, wasm.call('grammar_for_request', length, rest))
}

/** The grammar of a request, in the languages of the engines. */
export class OutputGrammar extends Resource {
  /** @internal */
  constructor(wasm: Wasm, handle: number) {
    super(wasm, handle, 'grammar_free')
  }

  /** The ids at which the engine must stop. */
  get stopTokens(): number[] {
    return [...this.wasm.ids('grammar_stop_tokens', this.handle)]
  }

  /** A structural tag for xgrammar: vLLM, SGLang, TensorRT-LLM. */
  toXgrammar(options: { stopTokens?: number[]; level?: 'text' | 'token'; guardStrings?: boolean } = {}): { [key: string]: unknown } {
    const { stopTokens = null, level = 'text', guardStrings = true } = options
    const wire = { stop_tokens: stopTokens, level, guard_strings: guardStrings }
    return this.wasm.json('grammar_xgrammar', this.handle, this.wasm.writeJson(wire))
  }

  /** A Lark grammar for llguidance. `guardStrings` keeps `<|` out of JSON strings, which llama.cpp needs. */
  toLlguidance(options: { guardStrings?: boolean } = {}): string {
    return this.wasm.text('grammar_llguidance', this.handle, Number(options.guardStrings ?? false)) ?? ''
  }

  /** A GBNF grammar for llama.cpp; `stopTokens` are the ids at which the engine stops, by default those of the model file. */
  toGbnf(options: { stopTokens?: number[] } = {}): string {
    const wire = { stop_tokens: options.stopTokens ?? null }
    return this.wasm.text('grammar_gbnf', this.handle, this.wasm.writeJson(wire)) ?? ''
  }

  /** The schemas in whose place GBNF, `check` and matchers allow any JSON; only with `unsupported: 'relax'`. */
  get relaxed(): Relaxed[] {
    return this.wasm.json('grammar_relaxed', this.handle)
  }

  /** Checks the tokens that were sampled after the prefix. */
  check(tokens: Tokens): Checked {
    return this.wasm.json('grammar_check', this.handle, this.wasm.writeIds(tokens))
  }

  /** Follows an output token by token. */
  matcher(): GrammarMatcher {
    return new GrammarMatcher(this.wasm, this.wasm.call('grammar_matcher', this.handle))
  }
}

/** Follows one output through a grammar. */
export class GrammarMatcher extends Resource {
  /** @internal */
  constructor(wasm: Wasm, handle: number) {
    super(wasm, handle, 'matcher_free')
  }

  /** Advances by one token. Returns false, and changes nothing, if the grammar does not allow it. */
  accept(token: number): boolean {
    return this.wasm.call('matcher_accept', this.handle, tokenId(token)) === 1
  }

  /** What may come next. */
  allowed(): Allowed {
    return this.wasm.json('matcher_allowed', this.handle)
  }

  /** Whether the output may end here. */
  get isComplete(): boolean {
    return this.wasm.call('matcher_is_complete', this.handle) === 1
  }

  /** How many tokens were accepted. */
  get accepted(): number {
    return this.wasm.call('matcher_accepted', this.handle)
  }

  /** The stop token that alone is missing, as where an engine strips it. */
  get missingStop(): number | null {
    const token = this.wasm.call('matcher_missing_stop', this.handle)
    return token < 0 ? null : token
  }

  /** A copy that goes its own way from here. */
  clone(): GrammarMatcher {
    return new GrammarMatcher(this.wasm, this.wasm.call('matcher_clone', this.handle))
  }
}

function toolOf(tool: GrammarTool): object {
  const { name, parameters = null, ...rest } = 'function' in tool ? tool.function : tool
  return { recipient: `functions.${name}`, parameters, strict: rest.strict ?? null }
}

function responseFormatOf(format: ResponseFormat | undefined): unknown {
  if (format?.type !== 'json_schema') return format?.type
  const { schema = {}, strict } = 'json_schema' in format ? format.json_schema : format
  return { json_schema: { schema, strict: strict ?? false } }
}
