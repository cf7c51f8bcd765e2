/** What a view gets to show a reading. */
import type { Reading } from '../reading/reading.js'
import type { State } from '../state.js'
import type { Focused } from './focus.js'

export interface Context {
  reading: Reading
  state: Readonly<State>
  focused: Focused
  /** Changes the state and shows the view again. */
  change(part: Partial<State>): void
  /** Changes the input and everything but the view, which shows the new reading itself; null if it cannot be read. */
  receive(input: string): Reading | null
  /** Aborted when the view is replaced. */
  until: AbortSignal
}
