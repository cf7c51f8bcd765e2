import type { RenderFormat } from '../render-options.js'
import type { SystemContent, ToolNamespaceConfig } from '../types.js'

/** What a word of `reasoning_effort` means; with `skip`, the prompt opens the final message, so that the model cannot reason. */
export type EffortTarget = 'low' | 'medium' | 'high' | 'skip'

/** How requests are read and answered, where the APIs leave it to the server. Fields that are absent have their defaults. */
export interface ApiOptions {
  /** The system message; date, effort and built-in tools are filled in for each request. */
  system?: Omit<SystemContent, 'type'>
  /** The date in the system message: `today` for that of the clock (UTC), a date, or `null`. */
  date?: string | null
  /** The effort of a request that names none. */
  default_effort?: 'low' | 'medium' | 'high'
  /** What the words of `reasoning_effort` mean. A word that is missing here is an error. */
  effort_map?: { [word: string]: EffortTarget }
  /** How the prompt is written; by default without the reasoning of completed turns. */
  format?: RenderFormat
  /** The tools of `mcp` servers by their label. */
  namespaces?: { [label: string]: ToolNamespaceConfig }
  /** Whether the tools stay in the prompt if `tool_choice` is `none`. */
  tools_when_none?: 'omit' | 'keep'
  /** How a call is forced: by the job's constraint, or by the end of the prompt where only one tool can be meant. */
  force?: 'constraint' | 'prefix'
  /** How many tokens the prompt may have. */
  max_context?: number | null
  /** Whether a user's `name` becomes the name of the author. */
  participant_names?: boolean
  /** In which field Chat Completions reports the model's reasoning. */
  reasoning_field?: 'reasoning' | 'reasoning_content' | 'both'
  /** The field `system_fingerprint` of Chat Completions. */
  system_fingerprint?: string | null
  /** What happens to parameters that the API does not have. */
  unknown?: 'ignore' | 'error'
}

/** The options as the module takes them. @internal */
export const apiOptions = (options: ApiOptions | undefined): object => options ?? {}
