// The closed lists of the types are those of Rust, so that a new member there has to be written here.

import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import test from 'node:test'
import ts from 'typescript'

import { root } from './case-files.mjs'

const source = `${root}/../src`
const rust = Object.fromEntries(
  readdirSync(source, { recursive: true })
    .filter(file => file.endsWith('.rs'))
    .map(file => [file, readFileSync(`${source}/${file}`, 'utf8')]),
)

/** Enums that are declared with a name for each member. Data sets are not part of the package; a `CallForm` is only in stored streams. */
const named = Object.entries(rust)
  .filter(([file]) => !file.startsWith('data/') && file !== 'api/turn/item.rs')
  .flatMap(([, text]) => [...text.matchAll(/^named_enum! \{([^]*?)^\}/gm)].map(([, body]) => body))
  .map(body => [
    body.match(/pub enum (\w+)/)[1],
    [...body.matchAll(/^ +\w+ = (".*"),$/gm)].flatMap(([, names]) => [...names.matchAll(/"([^"]*)"/g)].map(([, name]) => name)),
  ])

/** The members of an enum that serde names in snake_case. */
function members(file, name) {
  const [, body] = rust[file].match(new RegExp(`rename_all = "snake_case"[^\\n]*\\n(?:#.*\\n)*pub enum ${name} \\{([^]*?)^\\}`, 'm'))
  return [...body.matchAll(/^ {4}([A-Z]\w*)/gm)].map(([, member]) => member.replace(/(?<!^)[A-Z]/g, '_$&').toLowerCase())
}

const declarations = new Map()

/** The strings of a type of the package: `Name`, or `Name.property`. */
function strings(file, path) {
  if (!declarations.has(file)) {
    const text = readFileSync(new URL(`node_modules/openai-harmony/dist/esm/${file}.d.ts`, import.meta.url), 'utf8')
    const { statements } = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
    declarations.set(file, new Map(statements.filter(one => one.name).map(one => [one.name.text, one])))
  }
  const named = name => declarations.get(file).get(name)
  const property = (declared, name) => declared.members.find(member => member.name.text === name).type
  const literals = node => {
    if (ts.isUnionTypeNode(node)) return node.types.flatMap(literals)
    if (ts.isLiteralTypeNode(node)) return ts.isStringLiteral(node.literal) ? [node.literal.text] : []
    // A union of interfaces, by their `type`.
    return ts.isTypeReferenceNode(node) ? literals(property(named(node.typeName.text), 'type')) : []
  }
  const [name, field] = path.split('.')
  return literals(field ? property(named(name), field) : named(name).type)
}

const inTypes = {
  Role: ['types', 'Role'],
  ReasoningEffort: ['types', 'SystemContent.reasoning_effort'],
  Ending: ['types', 'Ending'],
  FinishReason: ['types', 'FinishReason'],
  RepairKind: ['types', 'RepairKind'],
  StreamState: ['parser', 'StreamState'],
  Part: ['rendered', 'Part'],
  FormatPreset: ['render-options', 'RenderFormat.preset'],
  HeaderOrder: ['render-options', 'RenderFormat.header_order'],
  ContentTypeForm: ['render-options', 'RenderFormat.content_types'],
  PromptStyle: ['render-options', 'RenderFormat.prompts'],
  ToolResultForm: ['render-options', 'RenderFormat.tool_results'],
  AnalysisPolicy: ['render-options', 'RenderFormat.analysis'],
  BadRequestCode: ['error', 'BadRequestCode'],
  CallRule: ['api/job', 'Constraint.calls'],
  ChatFinishReason: ['api/types', 'ChatFinishReason'],
  EffortTarget: ['api/options', 'EffortTarget'],
  EngineFinishReason: ['api/types', 'EngineFinishReason'],
  ForcePolicy: ['api/options', 'ApiOptions.force'],
  NoteKind: ['api/types', 'Note.kind'],
  ReasoningField: ['api/options', 'ApiOptions.reasoning_field'],
  ToolsWhenNone: ['api/options', 'ApiOptions.tools_when_none'],
  UnknownParameters: ['api/options', 'ApiOptions.unknown'],
}

test('every enum with names has its union', () => {
  assert.deepEqual(named.map(([name]) => name).sort(), Object.keys(inTypes).sort())
  for (const [name, expected] of named) assert.deepEqual(strings(...inTypes[name]).sort(), expected.sort(), name)
})

for (const [file, name, ...place] of [
  ['encoding/parse/event.rs', 'StreamEvent', 'types', 'StreamEvent'],
  ['grammar/options.rs', 'Reasoning', 'grammar', 'GrammarOptions.reasoning'],
  ['grammar/options.rs', 'Schemas', 'grammar', 'GrammarOptions.schemas'],
  ['grammar/options.rs', 'Compat', 'grammar', 'GrammarOptions.compat'],
  ['grammar/options.rs', 'Unsupported', 'grammar', 'GrammarOptions.unsupported'],
]) {
  test(`${name} is ${place.join(', ')}`, () => assert.deepEqual(strings(...place).sort(), members(file, name).sort()))
}

test('the page of errors has the codes of JavaScript alone', () => {
  const page = readFileSync(`${root}/../docs/javascript.md`, 'utf8')
  const [, table] = page.match(/^## Errors\n([^]*?)^## /m)
  const documented = [...table.matchAll(/^\|(.*?)\|/gm)].flatMap(([, cell]) => [...cell.matchAll(/`([a-z_.]+)`/g)].map(([, code]) => code))
  const everywhere = readFileSync(`${root}/../docs/errors.md`, 'utf8')
  const folders = ['src', 'wasm/src'].map(folder => `${root}/../javascript/${folder}`)
  const texts = folders.flatMap(folder =>
    readdirSync(folder, { recursive: true })
      .filter(file => /\.(ts|rs)$/.test(file))
      .map(file => readFileSync(`${folder}/${file}`, 'utf8')),
  )
  const used = texts.flatMap(text =>
    [...text.matchAll(/(?:code: '|(?:Failure|Self)::new\(\s*"|^ *")(\w+\.\w+|invalid_input)['"]/gm)].map(([, code]) => code),
  )
  const own = new Set(used.filter(code => !everywhere.includes(`\`${code}\``)))
  assert.deepEqual([...own].sort(), documented.sort())
})
