// The stream parts of the Vercel AI SDK (`LanguageModelV2StreamPart` of `@ai-sdk/provider` 2, and those of later versions), for a language
// model that samples from a gpt-oss engine.

import type { ChatCompletionChunk, ChatFinishReason, CompletionUsage, ToolCallDelta } from './api/types.js'

/** Part of a call of a function or of a custom tool. */
type CallDelta = ToolCallDelta & { custom?: { name?: string; input?: string } }

/**
 * The version of the specification that a language model names as its `specificationVersion`: `v2` for `ai` 5 and later, `v3` for `ai` 6
 * and later, `v4` for `ai` 7.
 */
export type SpecificationVersion = 'v2' | 'v3' | 'v4'

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

/** How many tokens a stream took, from version 3 on. */
export interface DetailedUsage {
  inputTokens: { total: number | undefined; noCache: number | undefined; cacheRead: number | undefined; cacheWrite: number | undefined }
  outputTokens: { total: number | undefined; text: number | undefined; reasoning: number | undefined }
}

/** The last part of a stream of the AI SDK. */
export type FinishPart<Version extends SpecificationVersion = 'v2'> = Version extends 'v2'
  ? { type: 'finish'; finishReason: FinishReason; usage: Usage }
  : { type: 'finish'; finishReason: { unified: FinishReason; raw: string | undefined }; usage: DetailedUsage }

/** A part of a stream of the AI SDK. */
export type StreamPart<Version extends SpecificationVersion = 'v2'> =
  | { type: 'stream-start'; warnings: [] }
  | { type: 'response-metadata'; id: string; timestamp: Date; modelId: string }
  | { type: 'reasoning-start' | 'reasoning-end' | 'text-start' | 'text-end' | 'tool-input-end'; id: string }
  | { type: 'reasoning-delta' | 'text-delta' | 'tool-input-delta'; id: string; delta: string }
  | { type: 'tool-input-start'; id: string; toolName: string; inputEncoding?: 'text' }
  | { type: 'tool-call'; toolCallId: string; toolName: string; input: string }
  | FinishPart<Version>

/** What is open: a block of text, or a call, whose input is JSON or free text. */
type Open =
  { type: 'reasoning' | 'text'; id: string } | { type: 'tool-input'; id: string; toolName: string; input: string; isText: boolean }

const FINISH_REASONS: Record<ChatFinishReason, FinishReason> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content-filter',
  tool_calls: 'tool-calls',
}

/**
 * Makes the parts of a stream from the chunks of a `ChatStream`, first choice only. Ask for `stream_options: {include_usage: true}`
 * to have the usage. The input of a custom tool, which is text, is a JSON string in its `tool-call`.
 */
export class StreamParts<Version extends SpecificationVersion = 'v2'> {
  readonly #version: SpecificationVersion
  #open: Open | undefined
  #blocks = 0
  #started = false
  #finishReason: ChatFinishReason | undefined
  #usage: CompletionUsage | undefined

  constructor({ specificationVersion }: { specificationVersion?: Version } = {}) {
    this.#version = specificationVersion ?? 'v2'
  }

  /** The parts that chunks make. */
  push(chunks: Iterable<ChatCompletionChunk>): StreamPart<Version>[] {
    const parts: StreamPart<Version>[] = []
    for (const chunk of chunks) this.#take(chunk, parts)
    return parts
  }

  /** The last parts, after the last chunk. */
  finish(): StreamPart<Version>[] {
    const parts: StreamPart<Version>[] = []
    this.#close(parts)
    const raw = this.#finishReason
    const reason = raw ? FINISH_REASONS[raw] : 'other'
    const last: FinishPart<'v2'> | FinishPart<'v3'> =
      this.#version === 'v2'
        ? { type: 'finish', finishReason: reason, usage: usageOf(this.#usage) }
        : { type: 'finish', finishReason: { unified: reason, raw }, usage: detailedUsageOf(this.#usage) }
    parts.push(last as FinishPart<Version>)
    return parts
  }

  #take(chunk: ChatCompletionChunk, parts: StreamPart<Version>[]): void {
    if (!this.#started) {
      this.#started = true
      const timestamp = new Date(chunk.created * 1000)
      parts.push({ type: 'stream-start', warnings: [] })
      parts.push({ type: 'response-metadata', id: chunk.id, timestamp, modelId: chunk.model })
    }
    if (chunk.usage) this.#usage = chunk.usage
    for (const { index, delta, finish_reason: reason } of chunk.choices) {
      if (index !== 0) continue
      const reasoning = delta.reasoning ?? delta.reasoning_content
      if (reasoning) this.#text('reasoning', reasoning, parts)
      if (delta.content) this.#text('text', delta.content, parts)
      for (const call of delta.tool_calls ?? []) this.#call(call, parts)
      if (reason) this.#finishReason = reason
    }
  }

  #text(type: 'reasoning' | 'text', delta: string, parts: StreamPart<Version>[]): void {
    if (this.#open?.type !== type) {
      this.#close(parts)
      this.#open = { type, id: String(this.#blocks++) }
      parts.push({ type: `${type}-start`, id: this.#open.id })
    }
    parts.push({ type: `${type}-delta`, id: this.#open.id, delta })
  }

  #call(call: CallDelta, parts: StreamPart<Version>[]): void {
    if (call.id !== undefined) {
      this.#close(parts)
      const toolName = call.function?.name ?? call.custom?.name ?? ''
      const isText = call.custom !== undefined
      this.#open = { type: 'tool-input', id: call.id, toolName, input: '', isText }
      parts.push({ type: 'tool-input-start', id: call.id, toolName, ...(isText && { inputEncoding: 'text' }) })
    }
    const delta = call.function?.arguments ?? call.custom?.input
    if (delta && this.#open?.type === 'tool-input') {
      this.#open.input += delta
      parts.push({ type: 'tool-input-delta', id: this.#open.id, delta })
    }
  }

  #close(parts: StreamPart<Version>[]): void {
    const open = this.#open
    this.#open = undefined
    if (!open) return
    parts.push({ type: `${open.type}-end`, id: open.id })
    if (open.type === 'tool-input') {
      const input = open.isText ? JSON.stringify(open.input) : open.input
      parts.push({ type: 'tool-call', toolCallId: open.id, toolName: open.toolName, input })
    }
  }
}

function usageOf(usage: CompletionUsage | undefined): Usage {
  return {
    inputTokens: usage?.prompt_tokens,
    outputTokens: usage?.completion_tokens,
    totalTokens: usage?.total_tokens,
    reasoningTokens: usage?.completion_tokens_details?.reasoning_tokens,
    cachedInputTokens: usage?.prompt_tokens_details?.cached_tokens,
  }
}

function detailedUsageOf(usage: CompletionUsage | undefined): DetailedUsage {
  const { prompt_tokens: input, completion_tokens: output } = usage ?? {}
  const cached = usage?.prompt_tokens_details?.cached_tokens
  const reasoning = usage?.completion_tokens_details?.reasoning_tokens
  const without = (all: number | undefined, part = 0) => (all === undefined ? undefined : all - part)
  return {
    inputTokens: { total: input, noCache: without(input, cached), cacheRead: cached, cacheWrite: undefined },
    outputTokens: { total: output, text: without(output, reasoning), reasoning },
  }
}

/** Chunks in, parts out; chunks of one stream may come one at a time or in lists, as `ChatStream.push` gives them. */
export function streamParts<Version extends SpecificationVersion = 'v2'>(
  options: { specificationVersion?: Version } = {},
): TransformStream<ChatCompletionChunk | ChatCompletionChunk[], StreamPart<Version>> {
  const parts = new StreamParts(options)
  return new TransformStream({
    transform(chunks, controller) {
      for (const part of parts.push(Array.isArray(chunks) ? chunks : [chunks])) controller.enqueue(part)
    },
    flush(controller) {
      for (const part of parts.finish()) controller.enqueue(part)
    },
  })
}
