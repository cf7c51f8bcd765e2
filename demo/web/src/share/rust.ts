/** The input as a Rust program. */
import type { Input } from '../input/recognise.js'
import type { Role } from '../library.js'

export function rustProgram(input: Input, role: Role | null): string {
  switch (input.kind) {
    case 'completion':
      return parsing(`encoding\n        .tokenizer()\n        .encode_with_special_tokens(${raw(input.text)})`, role)
    case 'tokens':
      return parsing(`[${input.tokens.map(token => `${token}`).join(', ')}]`, role)
    case 'conversation':
      return rendering(
        'use openai_harmony::chat::{Conversation, Role};\n',
        `let conversation: Conversation = serde_json::from_str(${raw(JSON.stringify({ messages: input.messages }, null, 2))})?;
    let tokens = encoding.render_conversation_for_completion(&conversation, Role::Assistant, None)?;`,
        'tokens',
      )
    case 'request': {
      const [api, more] = input.api === 'chat' ? ['ChatCompletions', ''] : ['Responses', ', &NoStore']
      return rendering(
        `use openai_harmony::api::{${api}, Host${more && ', NoStore'}, Options};\n`,
        `let api = ${api}::new(encoding.clone(), Options::default());
    let request = ${raw(JSON.stringify(input.body, null, 2))};
    let job = api.prepare(request.as_bytes(), &Clock${more})?;`,
        'job.tokens()',
        HOST,
      )
    }
  }
}

/** A raw string with as many marks as its text needs. */
function raw(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/"(#*)/g)].map(([, marks]) => marks!.length + 1))
  // A carriage return may not be in a raw string.
  if (text.includes('\r'))
    return JSON.stringify(text)
      .replace(/\\u([0-9a-f]{4})/g, '\\u{$1}')
      .replace(/\\[bf]/g, it => (it === '\\b' ? '\\u{8}' : '\\u{c}'))
  const marks = '#'.repeat(longest)
  return `r${marks}"${text}"${marks}`
}

function parsing(tokens: string, role: Role | null): string {
  const argument = role === null ? 'None' : `Some(Role::${role.charAt(0).toUpperCase()}${role.slice(1)})`
  return `use openai_harmony::{load_harmony_encoding, HarmonyEncodingName, ParseOptions};
${role === null ? '' : 'use openai_harmony::chat::Role;\n'}
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
    let tokens = ${tokens};
    let parsed = encoding.parse(&tokens, ${argument}, ParseOptions { strict: false })?;
    for message in &parsed.messages {
        println!("{:?}", message.message);
    }
    for repair in &parsed.repairs {
        println!("{repair:?}");
    }
    Ok(())
}
`
}

function rendering(uses: string, lines: string, tokens: string, items = ''): string {
  return `${uses}use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
${items}
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
    ${lines}
    println!("{} tokens", ${tokens}.len());
    println!("{}", encoding.tokenizer().decode_utf8(&${tokens})?);
    Ok(())
}
`.replace('&job.tokens()', 'job.tokens()')
}

const HOST = `
struct Clock;

impl Host for Clock {
    fn now(&self) -> f64 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(0.0, |elapsed| elapsed.as_secs_f64())
    }
    fn id(&mut self, prefix: &str) -> String {
        prefix.to_owned()
    }
}
`
