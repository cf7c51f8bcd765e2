/** Tokens joined until their bytes are whole characters, because a character may be cut between two tokens. */
import type { HarmonyEncoding } from '../library.js'

export interface Piece {
  /** The position of its first token. */
  first: number
  /** The bytes of each of its tokens; more than one token where a character is split over them. */
  bytes: Uint8Array[]
  text: string
}

/** The bytes of a token; an id outside of the vocabulary reads as U+FFFD. */
export function bytesOf(encoding: HarmonyEncoding, token: number): Uint8Array {
  try {
    return encoding.decodeBytes([token])
  } catch {
    return new TextEncoder().encode('\u{FFFD}')
  }
}

/** The pieces of the tokens from `first` to `end`. No character continues before `first`. */
export function toPieces(tokens: ArrayLike<number>, first: number, end: number, bytesOf: (token: number) => Uint8Array): Piece[] {
  const pieces: Piece[] = []
  let open: Piece | undefined
  for (let position = first; position < end; position += 1) {
    const bytes = bytesOf(tokens[position]!)
    if (open && missingBytes(join(open.bytes)) > 0 && isContinuation(bytes)) open.bytes.push(bytes)
    else pieces.push((open = { first: position, bytes: [bytes], text: '' }))
  }
  for (const piece of pieces) piece.text = textOf(piece.bytes)
  return pieces
}

/** Whether a token begins in the middle of a character. */
export function isContinuation(bytes: Uint8Array): boolean {
  return bytes.length > 0 && (bytes[0]! & 0xc0) === 0x80
}

/** The text of the bytes of some tokens. */
export function textOf(bytes: Uint8Array[]): string {
  return decoder.decode(join(bytes))
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** How many bytes the last character lacks. */
function missingBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back]!
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return Math.max(0, length - back)
  }
  return 0
}

function join(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
