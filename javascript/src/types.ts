// The data of the library. It is the JSON that Rust and Python read and write, so its fields are in snake_case.

/** Token ids: a typed array or an array of numbers. */
export type Tokens = ArrayLike<number>

/** Who writes a message. */
export type Role = 'system' | 'developer' | 'user' | 'assistant' | 'tool'

/** Where the model writes to. */
export type Channel = 'analysis' | 'commentary' | 'final' | (string & {})

/** The values that JSON has. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A JSON Schema. */
export type JsonSchema = { [keyword: string]: unknown }

/** A tool that the model may call. */
export interface ToolDescription {
  name: string
  description?: string | null
  parameters?: JsonSchema | null
}

/** Tools with a common prefix: `functions`, `browser`, `python`. */
export interface ToolNamespaceConfig {
  name: string
  description?: string | null
  tools: ToolDescription[]
}

export interface TextContent {
  type: 'text'
  text: string
}

/** The content of a system message. A field that is absent is left out of the prompt; `HarmonyEncoding.systemContent` has the defaults. */
export interface SystemContent {
  type: 'system_content'
  model_identity?: string | null
  reasoning_effort?: 'Low' | 'Medium' | 'High' | 'low' | 'medium' | 'high' | null
  tools?: { [namespace: string]: ToolNamespaceConfig } | null
  conversation_start_date?: string | null
  knowledge_cutoff?: string | null
  channel_config?: { valid_channels: string[]; channel_required: boolean } | null
}

/** The content of a developer message: instructions and functions. */
export interface DeveloperContent {
  type: 'developer_content'
  instructions?: string | null
  tools?: { [namespace: string]: ToolNamespaceConfig } | null
}

export type Content = TextContent | SystemContent | DeveloperContent

/** One message of a conversation. */
export interface Message {
  role: Role
  name?: string | null
  /** A single text is written as a string. */
  content: string | Content[]
  channel?: Channel | null
  recipient?: string | null
  content_type?: string | null
}

export interface Conversation {
  messages: Message[]
}

/** What ended a message. */
export type Ending = 'end' | 'return' | 'call' | 'end_of_text' | 'end_of_stream' | 'next_message'

/** Why a completion ended. */
export type FinishReason = 'stop' | 'tool_calls' | 'length'

/** The kind of a repair. */
export type RepairKind =
  | 'restarted_header'
  | 'repeated_start'
  | 'repeated_role'
  | 'unknown_role'
  | 'superseded_field'
  | 'empty_field'
  | 'channel_spelling'
  | 'unmarked_channel'
  | 'recipient_spelling'
  | 'unmarked_recipient'
  | 'unexpected_words'
  | 'unexpected_special'
  | 'missing_message'
  | 'abandoned_header'
  | 'missing_start'
  | 'blank_between'
  | 'repeated_stop'
  | 'missing_stop'
  | 'refused'

/** A place where the stream left the format. Positions count tokens; where text was parsed, UTF-16 code units. */
export interface Repair {
  kind: RepairKind
  /** The range belongs to no message because of it; it is empty where nothing was dropped. */
  start: number
  end: number
  text: string
}

/** Something that happened in a stream. The deltas of a message, joined, are its text. */
export type StreamEvent = MessageStarted | ContentDelta | MessageEnded | Repaired

/** A header is complete. `index` counts the messages of the stream from 0. */
export interface MessageStarted {
  type: 'message_started'
  index: number
  role: Role
  name: string | null
  channel: Channel | null
  recipient: string | null
  content_type: string | null
}

/** Text was added to a message; never empty. */
export interface ContentDelta {
  type: 'content_delta'
  index: number
  text: string
}

/** A message is complete. */
export interface MessageEnded {
  type: 'message_ended'
  index: number
  ending: Ending
}

/** The stream left the format. */
export interface Repaired extends Repair {
  type: 'repaired'
}

/** A half-open range of positions. */
export interface Range {
  start: number
  end: number
}

/** A message and the positions that it was made of. */
export interface ParsedMessage {
  message: Message
  /** From `<|start|>` to `<|message|>`. */
  header: Range[]
  /** The content and the token that ended it. */
  content: Range[]
  /** `null` while the message is open. */
  ending: Ending | null
}

/** How many positions a channel took up. */
export interface ChannelUsage {
  channel: Channel | null
  content_tokens: number
  total_tokens: number
}

/** The result of parsing. */
export interface Parsed {
  messages: ParsedMessage[]
  repairs: Repair[]
  /** A header that is still open. */
  open_header: Range[]
  /** The first position that the result covers: above 0 if messages were taken out of the parser. */
  start: number
  /** How many positions were parsed. */
  length: number
  usage: ChannelUsage[]
  finish_reason: FinishReason
}

/** How tokens or text are parsed. */
export interface ParseOptions {
  /** The role whose header the prompt already started, by default that of the model; `null` if the stream begins with `<|start|>`. */
  role?: Role | null
  /** The prompt that the stream continues, in place of `role`. Not for text. */
  prompt?: Tokens
  /** Whether a stream that leaves the format is an error, by default yes. Otherwise it is repaired, and nothing is lost. */
  strict?: boolean
}
