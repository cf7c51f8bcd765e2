/** The input as a JavaScript module. */
import type { Input } from '../input/recognise.js'
import type { Role } from '../library.js'

export function javascriptProgram(input: Input, role: Role | null): string {
  const json = (value: unknown) => JSON.stringify(value, null, 2)
  switch (input.kind) {
    case 'completion':
      return parsing(`encoding.encode(${JSON.stringify(input.text)}, { allowedSpecial: 'all' })`, role)
    case 'tokens':
      return parsing(`[${input.tokens.join(', ')}]`, role)
    case 'conversation':
      return rendering(
        '',
        `const messages = ${json(input.messages)};\nconst tokens = encoding.renderConversationForCompletion(messages, 'assistant');`,
      )
    case 'request': {
      const api = input.api === 'chat' ? 'ChatCompletions' : 'Responses'
      return rendering(api, `const request = ${json(input.body)};\nconst { tokens } = new ${api}(encoding).prepare(request);`)
    }
  }
}

function parsing(tokens: string, role: Role | null): string {
  return `import { loadHarmonyEncoding } from 'openai-harmony';

const encoding = await loadHarmonyEncoding();
const tokens = ${tokens};
const { messages, repairs } = encoding.parse(tokens, { role: ${JSON.stringify(role)}, strict: false });
for (const { message } of messages) console.log(message);
for (const repair of repairs) console.log(repair);
`
}

function rendering(api: string, lines: string): string {
  return `import { loadHarmonyEncoding } from 'openai-harmony';
${api === '' ? '' : `import { ${api} } from 'openai-harmony/openai';\n`}
const encoding = await loadHarmonyEncoding(${api === '' ? '' : `'HarmonyGptOss', { full: true }`});
${lines}
console.log(tokens.length, 'tokens');
console.log(encoding.decode(tokens));
`
}
