/** The state of the page as the fragment of a link: deflated JSON in base64url. A fragment is never sent to a server. */
import { toState, type State } from '../state.js'

const KEY = '#s='

export async function toFragment(state: State): Promise<string> {
  const json = new TextEncoder().encode(JSON.stringify(state))
  return KEY + toBase64url(await through(json, new CompressionStream('deflate-raw')))
}

/** Whether a fragment is one of a link, damaged or not. */
export function isLink(fragment: string): boolean {
  return fragment.startsWith(KEY)
}

/** The state in a fragment; null if there is none, or if it is damaged. */
export async function fromFragment(fragment: string): Promise<State | null> {
  if (!isLink(fragment)) return null
  try {
    const json = await through(fromBase64url(fragment.slice(KEY.length)), new DecompressionStream('deflate-raw'))
    return toState(JSON.parse(new TextDecoder().decode(json)))
  } catch {
    return null
  }
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  transform: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(transform)
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

function toBase64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, character => character.charCodeAt(0))
}
