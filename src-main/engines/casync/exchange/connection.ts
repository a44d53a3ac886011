import { setTimeout as sleep } from 'node:timers/promises'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { ConnectionRules } from '../wire/connection-rules.ts'
import { encodeMessage } from '../wire/encode-message.ts'
import type { Message } from '../wire/message.ts'
import { MessageDecoder } from '../wire/message-decoder.ts'
import { abortMessage, peerAborted } from './abort-reason.ts'
import type { BytePipes, ByteSink } from './byte-pipes.ts'
import { pacedSink } from './paced-sink.ts'

export interface ConnectionOptions {
  /** What our HELLO says. */
  readonly features: bigint
  /** So long a peer may neither say nor take anything while something is awaited of it. casync itself has no limit. */
  readonly silenceMs: number
  /** Whether something is awaited of the peer, beyond its HELLO. Asked now and then. */
  readonly isAwaiting: () => boolean
  /** Whether a peer that was told why we go may finish what it is saying: its write would fail before it reads why. */
  readonly lingers?: boolean | undefined
  /** Of what we send. */
  readonly bytesPerSecond?: number | undefined
  readonly signal: AbortSignal
}

/** An abort is no reason to wait for a peer that does not read. */
const farewellMs = 2000
/** Nor for one that does not go. */
const lingerMs = 10_000

/**
 * One conversation: HELLO at once, rules checked both ways, silence noticed, the first failure kept. `messages` is to be
 * read all the time, also while `send` is under way: both sides may be full otherwise (spec casync §3.7).
 */
export class Connection {
  readonly #pipes: BytePipes
  readonly #input: AsyncIterator<Uint8Array>
  readonly #output: ByteSink
  readonly #options: ConnectionOptions
  readonly #rules: ConnectionRules
  readonly #timer: NodeJS.Timeout
  /** What waits for the peer, to be told of a failure. */
  readonly #waiting = new Set<(reason: unknown) => void>()
  #failure: { readonly reason: unknown } | undefined
  /** Sends follow each other. Never rejects. */
  #sent: Promise<void> = Promise.resolve()
  #unsent = 0
  #progressAt = performance.now()

  constructor(pipes: BytePipes, options: ConnectionOptions) {
    const { features, silenceMs, bytesPerSecond, signal } = options
    this.#rules = new ConnectionRules(features)
    this.#pipes = pipes
    this.#input = pipes.input[Symbol.asyncIterator]()
    this.#options = options
    this.#output = bytesPerSecond === undefined ? pipes.output : pacedSink(pipes.output, { bytesPerSecond, signal })
    this.#timer = setInterval(() => this.#watch(), Math.max(Math.floor(silenceMs / 4), 1)).unref()
    signal.addEventListener('abort', this.#onAbort, { once: true })
    if (signal.aborted) this.#onAbort()
    this.send({ type: 'hello', featureFlags: features }).catch((reason: unknown) => this.fail(reason))
  }

  /** Whether the peer has greeted. */
  get isRunning(): boolean {
    return this.#rules.remote !== undefined
  }

  /** What the peer says, HELLO first, to its end. Throws for an ABORT and for whatever it may not say. Once. */
  async *messages(): AsyncGenerator<Message, void, undefined> {
    const decoder = new MessageDecoder()
    for (;;) {
      const next = await this.unlessFailed(this.#input.next().catch(unreachable))
      this.#progressAt = performance.now()
      if (next.done === true) break
      for (const message of decoder.push(next.value)) {
        this.#rules.received(message)
        if (message.type === 'abort') throw peerAborted(message)
        yield message
      }
    }
    decoder.finish()
  }

  /** Returns when there is room for more; what is sent meanwhile follows it. */
  send(message: Message): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason)
    this.#rules.sent(message)
    const pieces = encodeMessage(message)
    this.#unsent++
    const sending = this.#sent.then(() => this.#write(pieces))
    this.#sent = sending.catch(() => undefined).finally(() => this.#unsent--)
    return this.unlessFailed(sending)
  }

  /** The first failure is thrown by everything that waits and everything that follows. */
  fail(reason: unknown): void {
    if (this.#failure !== undefined) return
    this.#failure = { reason }
    for (const reject of this.#waiting) reject(reason)
  }

  /** Sends what is still to be sent, says why we go when there is a reason, and ends our side. */
  async end(error?: unknown): Promise<void> {
    clearInterval(this.#timer)
    this.#options.signal.removeEventListener('abort', this.#onAbort)
    if (error === undefined) {
      await this.#sent
      await this.#output.end()
      return
    }
    await Promise.race([this.#sayWhy(error), sleep(farewellMs, undefined, { ref: false })])
    if (this.#options.lingers && !this.#options.signal.aborted)
      await Promise.race([this.#drain(), sleep(lingerMs, undefined, { ref: false })])
    this.#pipes.destroy()
  }

  /** Waits for something else, and no longer than the connection holds. */
  async unlessFailed<Result>(promise: Promise<Result>): Promise<Result> {
    if (this.#failure !== undefined) {
      promise.catch(() => undefined)
      throw this.#failure.reason
    }
    const failed = Promise.withResolvers<never>()
    this.#waiting.add(failed.reject)
    try {
      return await Promise.race([promise, failed.promise])
    } finally {
      this.#waiting.delete(failed.reject)
    }
  }

  /** When the peer has gone already there is nobody to tell. */
  async #sayWhy(error: unknown): Promise<void> {
    try {
      const message = abortMessage(error)
      this.#rules.sent(message)
      await this.#sent
      for (const piece of encodeMessage(message)) await this.#pipes.output.write(piece)
      await this.#pipes.output.end()
    } catch {
      // Said already, or not heard: the error that brought us here is the one that counts.
    }
  }

  /** Until the peer has gone. */
  async #drain(): Promise<void> {
    while ((await this.#input.next().catch(() => undefined))?.done === false);
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    try {
      for (const piece of pieces) {
        await this.#output.write(piece)
        this.#progressAt = performance.now()
      }
    } catch (error) {
      // A peer that closes its side has mostly said why on the other: whoever reads gets the time to hear it.
      if (this.#failure === undefined) await this.unlessFailed(sleep(farewellMs)).catch(() => undefined)
      return unreachable(error)
    }
  }

  #watch(): void {
    const { silenceMs, isAwaiting } = this.#options
    if (this.isRunning && this.#unsent === 0 && !isAwaiting()) {
      this.#progressAt = performance.now()
      return
    }
    if (performance.now() - this.#progressAt < silenceMs) return
    const detail = `No answer for ${Math.round(silenceMs / 1000)} s.`
    this.fail(new HoldfastError('repository/unreachable', { detail }))
  }

  readonly #onAbort = (): void => this.fail(this.#options.signal.reason)
}

function unreachable(cause: unknown): never {
  if (cause instanceof HoldfastError) throw cause
  throw new HoldfastError('repository/unreachable', { detail: 'The connection broke.', cause })
}

/** The peer went before everything was said. */
export function endedEarly(what: string): HoldfastError {
  return new HoldfastError('repository/unreachable', { detail: `The connection ended before ${what}.` })
}
