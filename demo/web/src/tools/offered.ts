/** The tools that an input offers the model. */
import type { Input } from '../input/recognise.js'

export interface OfferedTool {
  namespace: string
  name: string
  description: string
  parameters: unknown
}

export function offeredTools(input: Input): OfferedTool[] {
  if (input.kind === 'request') return toolsOfRequest(input.body)
  if (input.kind === 'conversation') return input.messages.flatMap(toolsOfMessage)
  return []
}

type Fields = Record<string, unknown>

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** Chat Completions has the function in a field, the Responses API has its fields in the tool. */
function toolsOfRequest(body: Fields): OfferedTool[] {
  return list(body.tools)
    .map(fields)
    .filter(tool => tool.type === 'function')
    .map(tool => toTool('functions', tool.function === undefined ? tool : fields(tool.function)))
}

function toolsOfMessage(message: unknown): OfferedTool[] {
  return list(fields(message).content)
    .flatMap(content => Object.entries(fields(fields(content).tools)))
    .flatMap(([namespace, config]) => list(fields(config).tools).map(tool => toTool(namespace, fields(tool))))
}

function toTool(namespace: string, tool: Fields): OfferedTool {
  return { namespace, name: String(tool.name ?? ''), description: String(tool.description ?? ''), parameters: tool.parameters }
}
