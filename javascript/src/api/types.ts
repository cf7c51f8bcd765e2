// The objects that the adapters send. They fit the types of the `openai` package, which a test compiles; programs that have that
// package use its types, which say more.

/** Why an engine stopped. vLLM and others also say `tool_calls` for `stop`. */
export type EngineFinishReason = 'stop' | 'tool_calls' | 'length' | 'content_filter' | 'abort'

/** Why a choice of Chat Completions ended. */
export type ChatFinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter'

/** Something that a server may want to log: the answer does not show it. */
export interface Note {
  kind: 'invented_message' | 'suppressed_call' | 'invalid_arguments'
  /** The choice, from 0. */
  choice: number
  /** To whom the message went; for an invented message, its author. */
  name: string
  text: string
}

/** A call that the server has to run before the model continues. */
export interface BuiltinCall {
  kind: 'code_interpreter' | 'web_search' | 'mcp'
  /** `python`, `browser`, or the label of the `mcp` server. */
  tool: string
  /** The function of the tool, if it has several: `search`. */
  function: string | null
  /** What the model wrote: code, or arguments that should be JSON. */
  arguments: string
  item_id: string
}

/**
 * Part of a tool call in a chunk; `id`, `type` and `name` are there where it begins. Calls of custom tools have `custom` with `input` in
 * place of `function` with `arguments`; the types of `openai` do not know them in chunks either.
 */
export interface ToolCallDelta {
  index: number
  id?: string
  type?: 'function'
  function?: { name?: string; arguments?: string }
}

/** The object `chat.completion.chunk`. */
export interface ChatCompletionChunk {
  id: string
  object: 'chat.completion.chunk'
  created: number
  model: string
  choices: {
    index: number
    delta: {
      role?: 'assistant'
      content?: string | null
      refusal?: string | null
      reasoning?: string
      reasoning_content?: string
      tool_calls?: ToolCallDelta[]
    }
    logprobs: { content: TokenLogprob[] | null; refusal: TokenLogprob[] | null } | null
    finish_reason: ChatFinishReason | null
  }[]
  usage?: CompletionUsage | null
}

export interface TokenLogprob {
  token: string
  bytes: number[] | null
  logprob: number
  top_logprobs: { token: string; bytes: number[] | null; logprob: number }[]
}

export interface CompletionUsage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  prompt_tokens_details?: { cached_tokens?: number }
  completion_tokens_details?: { reasoning_tokens?: number }
}

/** The object `chat.completion`. */
export interface ChatCompletion {
  id: string
  object: 'chat.completion'
  created: number
  model: string
  choices: {
    index: number
    message: {
      role: 'assistant'
      content: string | null
      refusal: string | null
      reasoning?: string
      reasoning_content?: string
      tool_calls?: { id: string; type: 'function'; function: { name: string; arguments: string } }[]
    }
    logprobs: { content: TokenLogprob[] | null; refusal: TokenLogprob[] | null } | null
    finish_reason: ChatFinishReason
  }[]
  usage?: CompletionUsage
}

/** An event of the Responses API, discriminated by `type`: `response.output_text.delta`, … */
export interface ResponseEvent {
  type: string
  sequence_number: number
  [field: string]: unknown
}

/** The object `response`. */
export interface ResponseObject {
  id: string
  object: 'response'
  status: 'completed' | 'failed' | 'in_progress' | 'cancelled' | 'queued' | 'incomplete'
  output: { type: string; [field: string]: unknown }[]
  [field: string]: unknown
}
