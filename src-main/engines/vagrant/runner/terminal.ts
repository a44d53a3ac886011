import { create, type MessageInitShape } from '@bufbuild/protobuf'
import {
  type GetJobStreamResponse_Terminal_Event as TerminalEvent,
  GetJobStreamResponse_Terminal_EventSchema as TerminalEventSchema,
} from '../generated/server_pb.js'
import { ChangeSignal } from '../wire/change-signal.ts'
import { timestamp } from '../wire/times.ts'

type TerminalEventInit = NonNullable<MessageInitShape<typeof TerminalEventSchema>['event']>

const batchEvents = 64
/** Longer outputs are cut: a message must stay well below 4 MiB. */
const rawBytes = 16 * 1024
/** A job that prints faster than the network takes it waits here. */
const waitingEvents = 1024

export interface Terminal {
  /** Resolves when there is room for more; output waits for the network. */
  write(event: TerminalEventInit): Promise<void>
  line(msg: string, style?: string): Promise<void>
  raw(data: Uint8Array, isError?: boolean): Promise<void>
}

/** Collects what a job prints and hands it over in batches. */
export class BufferedTerminal implements Terminal {
  readonly #send: (events: readonly TerminalEvent[]) => Promise<void>
  readonly #changes = new ChangeSignal()
  #waiting: TerminalEvent[] = []
  #isClosed = false
  readonly #sending: Promise<void>
  readonly #signal: AbortSignal

  constructor(send: (events: readonly TerminalEvent[]) => Promise<void>, signal: AbortSignal) {
    this.#send = send
    this.#signal = signal
    this.#sending = this.#run()
    // Heard in `close`.
    this.#sending.catch(() => undefined)
  }

  async write(event: TerminalEventInit): Promise<void> {
    for (;;) {
      const { version } = this.#changes
      if (this.#isClosed || this.#signal.aborted) return
      if (this.#waiting.length < waitingEvents) break
      await this.#changes.changed(version, this.#signal)
    }
    this.#waiting.push(create(TerminalEventSchema, { timestamp: timestamp(Date.now()), event }))
    this.#changes.notify()
  }

  line(msg: string, style = ''): Promise<void> {
    return this.write({ case: 'line', value: { msg, style } })
  }

  async raw(data: Uint8Array, isError = false): Promise<void> {
    for (let at = 0; at < data.length; at += rawBytes) {
      await this.write({ case: 'raw', value: { data: data.slice(at, at + rawBytes), stderr: isError } })
    }
  }

  /** Resolves when everything was handed over. What is written later is dropped. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#changes.notify()
    await this.#sending
  }

  async #run(): Promise<void> {
    for (;;) {
      const { version } = this.#changes
      const batch = this.#waiting.slice(0, batchEvents)
      if (batch.length > 0) {
        await this.#send(batch)
        this.#waiting = this.#waiting.slice(batch.length)
        this.#changes.notify()
      } else if (this.#isClosed) return
      else await this.#changes.changed(version, this.#signal)
    }
  }
}
