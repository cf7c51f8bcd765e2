/** The input as a Python program. */
import type { Input } from '../input/recognise.js'
import type { Role } from '../library.js'

export function pythonProgram(input: Input, role: Role | null): string {
  switch (input.kind) {
    case 'completion':
      return parsing(`encoding.encode(\n    ${literal(input.text)},\n    allowed_special="all",\n)`, role)
    case 'tokens':
      return parsing(`[${input.tokens.join(', ')}]`, role)
    case 'conversation':
      return rendering('import json\n\nfrom openai_harmony import Conversation, Role, load_harmony_encoding', [
        `conversation = Conversation.from_json(${rawJson({ messages: input.messages })})`,
        'tokens = encoding.render_conversation_for_completion(conversation, Role.ASSISTANT)',
      ]).replace('import json\n\n', '')
    case 'request': {
      const api = input.api === 'chat' ? 'ChatCompletions' : 'Responses'
      return rendering(`from openai_harmony import load_harmony_encoding\nfrom openai_harmony.api import ${api}`, [
        `job = ${api}(encoding).prepare(${rawJson(input.body)})`,
        'tokens = job.tokens',
      ])
    }
  }
}

function parsing(tokens: string, role: Role | null): string {
  const argument = role === null ? 'None' : `Role.${role.toUpperCase()}`
  return `from openai_harmony import ${role === null ? '' : 'Role, '}load_harmony_encoding

encoding = load_harmony_encoding("HarmonyGptOss")
tokens = ${tokens}
result = encoding.parse(tokens, ${argument}, strict=False)
for parsed in result.messages:
    print(parsed.message.to_dict())
for repair in result.repairs:
    print(repair)
`
}

function rendering(imports: string, lines: string[]): string {
  return `${imports}

encoding = load_harmony_encoding("HarmonyGptOss")
${lines.join('\n')}
print(len(tokens), "tokens")
print(encoding.decode(tokens))
`
}

/** JSON strings are Python strings, but for the characters that JSON leaves as they are. */
export function literal(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029]/g, escape)
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** JSON in a raw string if it can be one, for reading; otherwise escaped. */
function rawJson(value: unknown): string {
  const json = JSON.stringify(value, null, 2)
  return json.includes('"""') || json.includes("'''") ? literal(json) : `r'''${json}'''`
}
