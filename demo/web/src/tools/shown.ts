/** The TypeScript that the model sees for a tool, with the place of each property. */
import type { HarmonyEncoding, Message } from '../library.js'
import type { OfferedTool } from './offered.js'
import { bracketed, type Path, type Place, type PrintedSchema } from './schema.js'

export interface ShownTool {
  text: string
  tokens: number
  /** The places of the properties, in the order of the printed schema; null if the type does not show the property. */
  places: (Place | null)[]
}

/** More properties than these are not linked: each is one rendering of the tool. */
const MOST_LINKED = 400

/**
 * Renders a tool. Where a property is in its text is found out by asking the renderer: the same schema with a property
 * before and one after it has these two around the same text.
 */
export function showTool(encoding: HarmonyEncoding, tool: OfferedTool, printed: PrintedSchema): ShownTool {
  const text = typescript(encoding, tool)
  const places = printed.properties.slice(0, MOST_LINKED).map(({ path }) => placeOf(encoding, tool, text, path))
  return { text, tokens: encoding.encode(text).length, places }
}

const BEFORE = 'page_marker_before'
const AFTER = 'page_marker_after'

function placeOf(encoding: HarmonyEncoding, tool: OfferedTool, text: string, path: Path): Place | null {
  const marked = typescript(encoding, { ...tool, parameters: bracketed(tool.parameters, path, BEFORE, AFTER) })
  const before = lineWith(marked, BEFORE)
  const after = lineWith(marked, AFTER)
  if (!before || !after) return null
  const between = marked.slice(before.end, after.start).trimEnd()
  const place = { start: before.start, end: before.start + between.length }
  return between !== '' && text.slice(place.start, place.end) === between ? place : null
}

/** The only line that has the word, with its line break. */
function lineWith(text: string, word: string): Place | null {
  const at = text.indexOf(word)
  if (at < 0 || text.indexOf(word, at + 1) >= 0) return null
  return { start: text.lastIndexOf('\n', at) + 1, end: text.indexOf('\n', at) + 1 }
}

function typescript(encoding: HarmonyEncoding, tool: OfferedTool): string {
  const { namespace, name, description } = tool
  const parameters = tool.parameters === undefined ? {} : { parameters: tool.parameters }
  const tools = { [namespace]: { name: namespace, tools: [{ name, description, ...parameters }] } }
  const message = { role: 'developer', content: [{ type: 'developer_content', tools }] } as unknown as Message
  const text = encoding.decode(encoding.renderConversation([message]))
  const opening = `namespace ${namespace} {\n\n`
  return text.slice(text.indexOf(opening) + opening.length, text.lastIndexOf(`\n} // namespace ${namespace}`))
}
