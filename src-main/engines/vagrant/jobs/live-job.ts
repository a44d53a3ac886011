import { ChangeSignal } from '../wire/change-signal.ts'
import type { OutputBuffer } from './output-buffer.ts'

/**
 * What is known of a job only while somebody works on it or listens: timers, the holder, requests to cancel. Rows are the truth;
 * this is dropped when the job has ended and nobody listens.
 */
export class LiveJob {
  readonly changes = new ChangeSignal()
  readonly output: OutputBuffer
  /** Counts assignments; a holder with an older number has lost the job. */
  attempt = 0
  /** Counts requests to cancel that its runner is to hear of. */
  cancelRequests = 0
  /** The attempt that was ended by force. */
  forcedAttempt: number | undefined
  /** For jobs of the app. */
  readonly external = new AbortController()
  listeners = 0
  /** The app holds it, and writes to it. */
  isHeld = false
  #timer: (() => void) | undefined
  #expiry: (() => void) | undefined

  constructor(output: OutputBuffer) {
    this.output = output
  }

  /** The ack or the heartbeat timer: never both. */
  setTimer(cancel: (() => void) | undefined): void {
    this.#timer?.()
    this.#timer = cancel
  }

  setExpiry(cancel: (() => void) | undefined): void {
    this.#expiry?.()
    this.#expiry = cancel
  }

  stop(): void {
    this.setTimer(undefined)
    this.setExpiry(undefined)
  }
}
