/** A stream, token by token: what the parser reports after each of them. */
import type { StreamEvent } from '../library.js';
import type { Reading } from './reading.js';

/** An event and the number of tokens after which it came. */
export interface Moment {
  tokens: number;
  event: StreamEvent;
}

/**
 * The events of a reading with their places. Events are never taken back, so the messages after any number of tokens
 * follow from those events alone: going back needs no earlier parser. They are computed as far as somebody has looked.
 */
export class Playback implements Disposable {
  readonly moments: Moment[] = [];
  readonly length: number;
  #parser;
  #done = 0;
  #finished = false;

  constructor(private readonly reading: Reading) {
    this.#parser = reading.encoding.streamableParser({ role: reading.role, strict: false });
    this.length = reading.tokens.length;
  }

  /** The number of events after that many tokens; at the end of a completion, those of the end too. */
  eventsAfter(tokens: number): number {
    this.#advance(tokens);
    let low = 0;
    let high = this.moments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.moments[middle]!.tokens <= tokens) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #advance(tokens: number): void {
    for (; this.#done < tokens; this.#done += 1) {
      this.#record(this.#parser.processMany(this.reading.tokens.subarray(this.#done, this.#done + 1)), this.#done + 1);
    }
    if (this.#done === this.length && this.reading.isCompletion && !this.#finished) {
      this.#finished = true;
      this.#record(this.#parser.finish(), this.length);
    }
  }

  #record(events: StreamEvent[], tokens: number): void {
    for (const event of events) this.moments.push({ tokens, event });
  }

  [Symbol.dispose](): void {
    this.#parser[Symbol.dispose]();
  }
}

/** A message in the middle of a stream. */
export interface Draft {
  index: number;
  role: string;
  name: string | null;
  channel: string | null;
  recipient: string | null;
  content_type: string | null;
  text: string;
  ending: string | null;
}

/** The messages that the first `events` moments make, from the message `from` on. */
export function drafts(moments: Moment[], events: number): Draft[] {
  const found: Draft[] = [];
  for (let at = 0; at < events; at += 1) {
    const { event } = moments[at]!;
    if (event.type === 'message_started') found[event.index] = { ...event, text: '', ending: null };
    else if (event.type === 'content_delta') found[event.index]!.text += event.text;
    else if (event.type === 'message_ended') found[event.index]!.ending = event.ending;
  }
  return found;
}
