/** A JSON Schema as text, with the place of each property. */

export interface Place {
  start: number
  end: number
}

/** A property at any depth: its path in the schema, as keys. */
export type Path = readonly string[]

export interface PrintedSchema {
  text: string
  properties: { path: Path; place: Place }[]
}

/** Prints a schema with two spaces of indentation; what is short and has no properties in it stays on one line. */
export function printSchema(schema: unknown): PrintedSchema {
  const printed: PrintedSchema = { text: '', properties: [] }
  print(schema, [], '', printed)
  return printed
}

/** Characters on one line, at most. */
const LINE = 64

function hasProperties(value: object): boolean {
  return Object.entries(value).some(
    ([key, child]) => key === 'properties' || (typeof child === 'object' && child !== null && hasProperties(child)),
  )
}

function print(value: unknown, path: Path, indent: string, to: PrintedSchema): void {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    to.text += JSON.stringify(value) ?? 'null'
    return
  }
  const line = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ')
  if (line.length <= LINE && !hasProperties(value)) {
    to.text += line
    return
  }
  const isList = Array.isArray(value)
  const inner = `${indent}  `
  to.text += isList ? '[' : '{'
  Object.entries(value).forEach(([key, child], index) => {
    to.text += `${index === 0 ? '' : ','}\n${inner}`
    const start = to.text.length
    if (!isList) to.text += `${JSON.stringify(key)}: `
    const below = [...path, key]
    const found = isProperty(path) ? { path: below, place: { start, end: start } } : null
    if (found) to.properties.push(found)
    print(child, below, inner, to)
    if (found) found.place.end = to.text.length
  })
  to.text += `\n${indent}${isList ? ']' : '}'}`
}

/** Whether the children of this path are properties: it ends in `properties`, which is a keyword and not a name. */
function isProperty(path: Path): boolean {
  return path.at(-1) === 'properties' && path.at(-2) !== 'properties'
}

/** The schema with a property before and one after that at `path`. */
export function bracketed(schema: unknown, path: Path, before: string, after: string): unknown {
  const [key, ...rest] = path
  if (typeof schema !== 'object' || schema === null || key === undefined) return schema
  const entries = Object.entries(schema).flatMap(([name, child]): [string, unknown][] => {
    if (name !== key) return [[name, child]]
    if (rest.length > 0) return [[name, bracketed(child, rest, before, after)]]
    return [
      [before, {}],
      [name, child],
      [after, {}],
    ]
  })
  return Array.isArray(schema) ? entries.map(([, child]) => child) : Object.fromEntries(entries)
}
