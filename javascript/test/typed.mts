// Compiles, and every line marked with @ts-expect-error does not without the mark.

import type { LanguageModelV2StreamPart } from '@ai-sdk/provider'
import type { LanguageModelV3StreamPart } from '@ai-sdk/provider-3'
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider-4'
import type { ChatCompletion as OpenAICompletion, ChatCompletionChunk as OpenAIChunk } from 'openai/resources/chat/completions'
import type { Response as OpenAIResponse, ResponseStreamEvent as OpenAIEvent } from 'openai/resources/responses/responses'
import { HarmonyError, loadHarmonyEncoding, StreamableParser, type Conversation, type Message, type StreamEvent } from 'openai-harmony'
import { streamParts, StreamParts, type StreamPart } from 'openai-harmony/ai-sdk'
import { outputGrammar } from 'openai-harmony/grammar'
import { ChatCompletions, Responses } from 'openai-harmony/openai'
import { events, parseStream } from 'openai-harmony/stream'
import { loadHarmonyText } from 'openai-harmony/text'

const encoding = await loadHarmonyEncoding('HarmonyGptOss', { full: true })

const conversation: Conversation = {
  messages: [
    { role: 'system', content: [encoding.systemContent({ reasoning_effort: 'High' })] },
    { role: 'user', content: 'Hi' },
  ],
}
const tokens: Uint32Array = encoding.renderConversationForCompletion(conversation, 'assistant', { autoDropAnalysis: false })
const messages: Message[] = encoding.parseMessagesFromCompletionTokens([...tokens], 'assistant', { strict: false })
const parser: StreamableParser = encoding.streamableParser({ role: null, strict: false })

function text(event: StreamEvent): string {
  switch (event.type) {
    case 'message_started':
      return event.channel ?? ''
    case 'content_delta':
      return event.text
    case 'message_ended':
      return event.ending
    case 'repaired':
      return event.kind
  }
}
for (const event of parser.processMany(tokens)) text(event)
for await (const event of events(encoding, [[1, 2], 3], { strict: false })) text(event)
new ReadableStream<number>().pipeThrough(parseStream(encoding)).getReader()
new ReadableStream<string>().pipeThrough((await loadHarmonyText()).parseStream()).getReader()
const rendered = encoding.renderWith(messages, { format: { preset: 'chat-template' }, ending: 'training' })
const mask: Uint8Array = rendered.mask({ roles: ['assistant'], channels: ['final', null] })

const chat = new ChatCompletions(encoding, { date: '2025-06-28', clock: () => 0 })
const stream = chat.prepare({ model: 'm', messages: [] }).stream()
// The objects are those of the official package.
const chunks: OpenAIChunk[] = stream.push([1])
const completion: OpenAICompletion = stream.completion()
const responses = new Responses<OpenAIEvent, OpenAIResponse>(encoding).prepare({ model: 'm', input: 'Hi' })
const response: OpenAIResponse = responses.complete([1], 'stop')
const event: OpenAIEvent | undefined = responses.stream().push([1])[0]
const parts: StreamPart[] = new StreamParts().push(stream.push([1]))
const vercel: LanguageModelV2StreamPart[] = parts
const vercel3: LanguageModelV3StreamPart[] = new StreamParts({ specificationVersion: 'v3' }).finish()
const chunkStream = new ReadableStream<ReturnType<typeof stream.push>>()
const vercel4: ReadableStream<LanguageModelV4StreamPart> = chunkStream.pipeThrough(streamParts({ specificationVersion: 'v4' }))
const grammar: string = outputGrammar(encoding, { toolChoice: { named: 'f' }, tools: [{ name: 'f' }] }).toGbnf()

// @ts-expect-error no such role
encoding.parse(tokens, { role: 'nobody' })
// @ts-expect-error no such encoding
await loadHarmonyEncoding('Other')
// @ts-expect-error a string is not tokens
encoding.decode('text')
// @ts-expect-error a message has content
const incomplete: Message = { role: 'user' }
// @ts-expect-error no such format
encoding.renderWith(messages, { format: { preset: 'mine' } })
// @ts-expect-error parsers of text take no tokens
;(await loadHarmonyText()).parser().process(1)
// @ts-expect-error a closed union
if (text({ type: 'other' })) throw new HarmonyError({ code: 'x', message: 'y' })

export { chunks, completion, event, grammar, incomplete, mask, response, vercel, vercel3, vercel4 }
