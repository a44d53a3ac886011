import { ChangeSignal } from './change-signal.ts'

/** Several senders, one receiver, a bounded number of messages in between: a sender waits while it is full. */
export class Mailbox<Message> {
  readonly #limit: number
  readonly #signal: AbortSignal
  readonly #changes = new ChangeSignal()
  #messages: Message[] = []
  #isClosed = false
  #failure: { readonly error: unknown } | undefined

  constructor(limit: number, signal: AbortSignal) {
    this.#limit = limit
    this.#signal = signal
  }

  async send(message: Message): Promise<void> {
    for (;;) {
      const { version } = this.#changes
      if (this.#isClosed) return
      if (this.#messages.length < this.#limit) break
      await this.#changes.changed(version, this.#signal)
    }
    this.#messages.push(message)
    this.#changes.notify()
  }

  /** Nothing more is sent; the receiver ends after what is there. May be called twice. */
  close(): void {
    this.#isClosed = true
    this.#changes.notify()
  }

  /** The receiver fails with it, unless it has failed already. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#changes.notify()
  }

  /** Until it is closed, something fails or the signal aborts. */
  async *receive(): AsyncGenerator<Message, void, undefined> {
    for (;;) {
      const { version } = this.#changes
      const messages = this.#messages
      this.#messages = []
      if (messages.length > 0) this.#changes.notify()
      yield* messages
      if (messages.length > 0) continue
      if (this.#failure !== undefined) throw this.#failure.error
      if (this.#isClosed) return
      await this.#changes.changed(version, this.#signal)
    }
  }
}
