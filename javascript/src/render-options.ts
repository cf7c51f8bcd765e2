import type { Channel, JsonSchema, Role } from './types.js'

/** How messages are written: one choice for each point on which renderers of harmony differ. */
export interface RenderFormat {
  /** What gives the fields that are left out. */
  preset?: 'harmony-0.0.8' | 'oss-harmony-0.0.11' | 'chat-template'
  header_order?: 'recipient_first' | 'channel_first' | 'channel_first_on_commentary'
  content_types?: 'as_given' | 'constrained' | 'plain' | 'plain_or_json'
  prompts?: 'compatible' | 'faithful' | 'chat_template'
  tool_results?: 'as_given' | 'json_string'
  /** By default `auto_drop`, and `chat_template` where the ending is `training`. */
  analysis?: 'auto_drop' | 'keep_all' | 'completed_turns' | 'chat_template'
}

/** The beginning of a message that a model is to complete. */
export interface OpenMessage {
  role?: Role
  channel?: Channel | null
  recipient?: string | null
  content_type?: string | null
  /** The beginning of the content; `""` only closes the header. Without it the model continues the header. */
  content?: string | null
}

/** An entry of the section `# Response Formats`. */
export interface ResponseFormat {
  name: string
  description?: string | null
  schema: JsonSchema
}

/** How the tokens of a conversation end: with the last message, with the beginning of one, or as a model has to end. */
export type RenderEnding = 'conversation' | 'training' | { completion: OpenMessage }

/** Everything that `renderWith` takes. */
export interface RenderSpec {
  format?: RenderFormat
  ending?: RenderEnding
  response_formats?: ResponseFormat[]
}

/** An opening with its role. @internal */
export const opening = (message: OpenMessage = {}): OpenMessage => ({ role: 'assistant', ...message })
