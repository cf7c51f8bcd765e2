// The stream parts of the Vercel AI SDK (`LanguageModelV2StreamPart` of `@ai-sdk/provider` 2), for a language model that samples
// from a gpt-oss engine.

import type { ChatCompletionChunk, ToolCallDelta } from './api/types.js'

/** Part of a call of a function or of a custom tool. */
type CallDelta = ToolCallDelta & { custom?: { name?: string; input?: string } }

/** Why a stream of the AI SDK ended. */
export type FinishReason = 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'other'

/** How many tokens a stream took. */
export interface Usage {
  inputTokens: number | undefined
  outputTokens: number | undefined
  totalTokens: number | undefined
  reasoningTokens?: number | undefined
  cachedInputTokens?: number | undefined
}

/** A part of a stream of the AI SDK. */
export type StreamPart =
  | { type: 'stream-start'; warnings: [] }
  | { type: 'response-metadata'; id: string; timestamp: Date; modelId: string }
  | { type: 'reasoning-start' | 'reasoning-end' | 'text-start' | 'text-end' | 'tool-input-end'; id: string }
  | { type: 'reasoning-delta' | 'text-delta' | 'tool-input-delta'; id: string; delta: string }
  | { type: 'tool-input-start'; id: string; toolName: string }
  | { type: 'tool-call'; toolCallId: string; toolName: string; input: string }
  | { type: 'finish'; finishReason: FinishReason; usage: Usage }

/**
 * Makes the parts of a stream from the chunks of a `ChatStream`, first choice only. Ask for `stream_options: {include_usage: true}`
 * to have the usage.
 */
export class StreamParts {
  #open: { type: 'reasoning' | 'text'; id: string } | { type: 'tool-input'; id: string; toolName: string; input: string } | undefined
  #blocks = 0
  #started = false
  #finishReason: FinishReason = 'other'
  #usage: Usage = { inputTokens: undefined, outputTokens: undefined, totalTokens: undefined }

  /** The parts that chunks make. */
  push(chunks: Iterable<ChatCompletionChunk>): StreamPart[] {
    const parts: StreamPart[] = []
    for (const chunk of chunks) this.#take(chunk, parts)
    return parts
  }

  /** The last parts, after the last chunk. */
  finish(): StreamPart[] {
    const parts: StreamPart[] = []
    this.#close(parts)
    parts.push({ type: 'finish', finishReason: this.#finishReason, usage: this.#usage })
    return parts
  }

  #take(chunk: ChatCompletionChunk, parts: StreamPart[]): void {
    if (!this.#started) {
      this.#started = true
      const timestamp = new Date(chunk.created * 1000)
      parts.push({ type: 'stream-start', warnings: [] })
      parts.push({ type: 'response-metadata', id: chunk.id, timestamp, modelId: chunk.model })
    }
    if (chunk.usage) {
      const { prompt_tokens, completion_tokens, total_tokens, ...details } = chunk.usage
      this.#usage = {
        inputTokens: prompt_tokens,
        outputTokens: completion_tokens,
        totalTokens: total_tokens,
        reasoningTokens: details.completion_tokens_details?.reasoning_tokens,
        cachedInputTokens: details.prompt_tokens_details?.cached_tokens,
      }
    }
    for (const { index, delta, finish_reason: reason } of chunk.choices) {
      if (index !== 0) continue
      const reasoning = delta.reasoning ?? delta.reasoning_content
      if (reasoning) this.#text('reasoning', reasoning, parts)
      if (delta.content) this.#text('text', delta.content, parts)
      for (const call of delta.tool_calls ?? []) this.#call(call, parts)
      if (reason) this.#finishReason = reason === 'tool_calls' ? 'tool-calls' : reason === 'content_filter' ? 'content-filter' : reason
    }
  }

  #text(type: 'reasoning' | 'text', delta: string, parts: StreamPart[]): void {
    if (this.#open?.type !== type) {
      this.#close(parts)
      this.#open = { type, id: String(this.#blocks++) }
      parts.push({ type: `${type}-start`, id: this.#open.id })
    }
    parts.push({ type: `${type}-delta`, id: this.#open.id, delta })
  }

  #call(call: CallDelta, parts: StreamPart[]): void {
    if (call.id !== undefined) {
      this.#close(parts)
      const toolName = call.function?.name ?? call.custom?.name ?? ''
      this.#open = { type: 'tool-input', id: call.id, toolName, input: '' }
      parts.push({ type: 'tool-input-start', id: call.id, toolName })
    }
    const delta = call.function?.arguments ?? call.custom?.input
    if (delta && this.#open?.type === 'tool-input') {
      this.#open.input += delta
      parts.push({ type: 'tool-input-delta', id: this.#open.id, delta })
    }
  }

  #close(parts: StreamPart[]): void {
    const open = this.#open
    this.#open = undefined
    if (!open) return
    parts.push({ type: `${open.type}-end`, id: open.id })
    if (open.type === 'tool-input') {
      parts.push({ type: 'tool-call', toolCallId: open.id, toolName: open.toolName, input: open.input })
    }
  }
}

/** Chunks in, parts out; chunks of one stream may come one at a time or in lists, as `ChatStream.push` gives them. */
export function streamParts(): TransformStream<ChatCompletionChunk | ChatCompletionChunk[], StreamPart> {
  const parts = new StreamParts()
  return new TransformStream({
    transform(chunks, controller) {
      for (const part of parts.push(Array.isArray(chunks) ? chunks : [chunks])) controller.enqueue(part)
    },
    flush(controller) {
      for (const part of parts.finish()) controller.enqueue(part)
    },
  })
}
