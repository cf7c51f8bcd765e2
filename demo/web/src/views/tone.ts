/** Colours by channel. A letter always says the same, so that a colour is never the only sign. */
import type { Message } from '../library.js'

export interface Tone {
  /** The class of the colour. */
  name: 'analysis' | 'commentary' | 'final' | 'other' | 'open'
  letter: string
  label: string
}

const CHANNELS: Record<string, Tone> = {
  analysis: { name: 'analysis', letter: 'A', label: 'analysis' },
  commentary: { name: 'commentary', letter: 'C', label: 'commentary' },
  final: { name: 'final', letter: 'F', label: 'final' },
}

export const HEADER: Tone = { name: 'open', letter: 'H', label: 'open header' }

/** The tone of a channel, or of a role where there is no channel. */
export function toneOf(message: { role: string; channel?: string | null }): Tone {
  const channel = message.channel ?? ''
  if (Object.hasOwn(CHANNELS, channel)) return CHANNELS[channel]!
  const label = channel || message.role
  return { name: 'other', letter: label.charAt(0).toUpperCase(), label }
}

/** `assistant`, or the name that it speaks under. */
export function authorOf(message: { role: string; name?: string | null }): string {
  return message.role === 'tool' && message.name ? message.name : message.name ? `${message.role}: ${message.name}` : message.role
}

/** All text of a message; sections of a system or developer message as JSON. */
export function textOf(message: Message): string {
  const { content } = message as { content: unknown }
  if (typeof content === 'string') return content
  const parts = Array.isArray(content) ? content : [content]
  return parts.map(part => (typeof part?.text === 'string' ? part.text : JSON.stringify(part, null, 2))).join('\n')
}
