import { HarmonyError } from './error.js'
import type { Wasm } from './wasm.js'

const released = new FinalizationRegistry<() => void>(release => release())

/** An object that lives in a module. It is released when it is disposed of or collected as garbage. */
export abstract class Resource implements Disposable {
  /** @internal */
  protected readonly wasm: Wasm
  readonly #handle: number
  readonly #generation: number
  readonly #release: () => void
  #disposed = false

  /** @internal */
  protected constructor(wasm: Wasm, handle: number, free: string) {
    const { generation } = wasm
    this.wasm = wasm
    this.#handle = handle
    this.#generation = generation
    this.#release = () => wasm.free(free, handle, generation)
    released.register(this, this.#release, this)
  }

  /** @internal */
  protected get handle(): number {
    if (this.#disposed) {
      throw new HarmonyError({ code: 'object.disposed', message: 'the object was disposed of' })
    }
    if (this.#generation !== this.wasm.generation) {
      const message = 'the object was lost when the WebAssembly module failed and was started again'
      throw new HarmonyError({ code: 'object.lost', message })
    }
    return this.#handle
  }

  /** Releases the memory of the object at once; without it, that happens when it is collected as garbage. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    released.unregister(this)
    this.#release()
  }

  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }
}
