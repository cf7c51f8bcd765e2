import type { Ask } from '../wasm.js'

/** What the program around the adapter provides. */
export interface Host {
  /** Seconds since the epoch; by default the system's clock. */
  clock?: () => number
  /** A new id that begins with the given prefix; by default a random one. */
  ids?: (prefix: string) => string
  /** Wraps reasoning into `encrypted_content`. The default is an envelope with a version; it is not secret. */
  seal?: (text: string) => string
  /** Takes reasoning out of `encrypted_content`; `null` for what was not sealed here. */
  unseal?: (sealed: string) => string | null
}

/** Where responses are kept, by their ids: a `Map`, or anything else with `get`. It is only read. */
export interface ResponseStore {
  get(id: string): unknown
}

/** Whether the host has functions for secrets, as the module takes it. @internal */
export const seals = (host: Host): number => Number(Boolean(host.seal ?? host.unseal))

/** Answers the questions of the module, which `host.rs` numbers. @internal */
export function answering(host: Host, store?: ResponseStore): Ask {
  return (question, text) => {
    switch (question) {
      case 0:
        return String((host.clock ?? now)())
      case 1:
        return (host.ids ?? randomId)(text)
      case 2:
        return host.seal?.(text) ?? null
      case 3:
        return host.unseal?.(text) ?? null
      default: {
        const found = store?.get(text)
        return found === undefined || found === null ? null : JSON.stringify(found)
      }
    }
  }
}

const now = (): number => Date.now() / 1000

const randomId = (prefix: string): string => prefix + crypto.randomUUID().replaceAll('-', '')
