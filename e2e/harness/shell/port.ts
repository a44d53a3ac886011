import { EventEmitter } from 'node:events'

/** The main side of a message port whose other end is in the page, as `MessagePortMain`. */
export class PortMain extends EventEmitter {
  readonly #send: (data: string) => void
  #waiting: string[] | undefined = []

  constructor(send: (data: string) => void) {
    super()
    this.#send = send
  }

  postMessage(data: unknown): void {
    if (typeof data !== 'string') throw new Error('Only text crosses between this stand-in and its page.')
    this.#send(data)
  }

  /** What came before somebody listened is kept, as Electron does. */
  start(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const data of waiting) this.emit('message', { data })
  }

  receive(data: string): void {
    if (this.#waiting) this.#waiting.push(data)
    else this.emit('message', { data })
  }

  close(): void {
    this.emit('close')
  }
}
