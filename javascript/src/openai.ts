// The two HTTP APIs of OpenAI, without I/O: requests in, sampled tokens out. The encoding must be loaded with `full`.

import type { HarmonyEncoding } from './encoding.js'
import { fullOf } from './full.js'
import type { Conversation, Message, SystemContent } from './types.js'

export type { Host, ResponseStore } from './api/host.js'
export type { Constraint } from './api/job.js'
export type { ApiOptions, EffortTarget } from './api/options.js'
export type { ToolOutputOptions } from './api/responses.js'
export type { Logprobs, PushOptions } from './api/steps.js'
export type * from './api/types.js'
export { ChatCompletions, ChatJob, ChatSse, ChatStream } from './api/chat.js'
export { Responses, ResponsesJob, ResponsesSse, ResponsesStream } from './api/responses.js'
export { BadRequest, HarmonyError, type BadRequestCode } from './error.js'

/** Messages and tools of Chat Completions. */
export interface ChatMessages {
  messages: object[]
  tools?: object[]
}

/** The conversation that messages and tools of Chat Completions make. */
export function conversationFromChatCompletions(
  encoding: HarmonyEncoding,
  row: ChatMessages,
  options: { system?: SystemContent; participantNames?: boolean } = {},
): Conversation {
  const wasm = fullOf(encoding)
  const { system = encoding.systemContent(), participantNames = false } = options
  return wasm.json('conversation_from_messages', wasm.writeJson({ row, system, participant_names: participantNames }))
}

/** The messages and tools of Chat Completions that make a conversation. */
export function chatCompletionsFromConversation(encoding: HarmonyEncoding, conversation: Conversation | Message[]): ChatMessages {
  const wasm = fullOf(encoding)
  return wasm.json('messages_from_conversation', wasm.writeJson(conversation))
}
