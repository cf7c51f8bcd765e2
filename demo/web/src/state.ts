/** What the user chose: all that a link carries. */
import { isInputKind, type InputKind } from './input/recognise.js'

export const VIEWS = ['tokens', 'live', 'modes', 'tools'] as const
export type View = (typeof VIEWS)[number]

export const TOKEN_FORMS = ['text', 'ids', 'bytes'] as const
export type TokenForm = (typeof TOKEN_FORMS)[number]

export interface State {
  input: string
  /** How the input is read; `auto` recognises it. */
  kind: InputKind | 'auto'
  view: View
  form: TokenForm
}

export const INITIAL: State = { input: '', kind: 'auto', view: 'tokens', form: 'text' }

/** The state in a value from anywhere; what does not fit becomes the initial value. */
export function toState(value: unknown): State {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  return {
    input: typeof given.input === 'string' ? given.input : INITIAL.input,
    kind: isInputKind(given.kind) ? given.kind : INITIAL.kind,
    view: VIEWS.find(view => view === given.view) ?? INITIAL.view,
    form: TOKEN_FORMS.find(form => form === given.form) ?? INITIAL.form,
  }
}
