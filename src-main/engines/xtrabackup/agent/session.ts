import type { Duplex } from 'node:stream'
import { HoldfastError, ProtocolError } from '../../../../src-shared/errors.ts'
import type { Pace } from '../../../os/pace.ts'
import type { TimeoutKeeper } from '../tool/server-timeouts.ts'
import type { ProofChecker } from '../wire/auth-proof.ts'
import { encodeBlock, failedBlock } from '../wire/kv-block.ts'
import { MessageReader } from '../wire/message-reader.ts'
import { send } from '../wire/send.ts'
import type { AgentConnection, AgentEvent, AgentOptions } from './agent-options.ts'
import type { JobHistory } from './job-history.ts'

/** What the connections of one agent share. */
export interface AgentState {
  readonly options: AgentOptions
  readonly history: JobHistory
  readonly proofs: ProofChecker | undefined
  readonly pace: Pace | undefined
  readonly timeouts: TimeoutKeeper
  readonly now: () => number
  readonly signal: AbortSignal
  emit(event: AgentEvent): void
  /** A run of its own, while it lasts; `undefined` when there are too many. */
  takeSlot(): (() => void) | undefined
  /** The session whose binary logs were sent last: it asks again for each log (spec xtrabackup-agent §5.2). */
  lastBinlogSid: string | undefined
}

/** What a request is refused with; becomes a FAILED block. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** It failed after the caller was promised data, and was told in the data. */
export class ToldInData extends Error {
  override readonly name = 'ToldInData'
}

/** Why what runs for a caller ends when the caller, or the agent, goes away. */
export const interrupted = new Error('copy interrupted')

/** One connection, while it is served. */
export class Session {
  readonly state: AgentState
  readonly reader: MessageReader
  readonly id: number
  readonly peer: string
  readonly #stream: Duplex
  readonly #since: number
  readonly #gone = new AbortController()
  readonly signal: AbortSignal
  action: string | undefined
  sid: string | undefined
  sentBytes = 0

  constructor(state: AgentState, stream: Duplex, { id, peer }: { readonly id: number; readonly peer: string }) {
    this.state = state
    this.#stream = stream
    this.id = id
    this.peer = peer
    this.#since = state.now()
    this.signal = AbortSignal.any([state.signal, this.#gone.signal])
    this.reader = new MessageReader(stream, this.signal)
    stream.on('error', () => this.leave()) // whoever sends hears of it as well
    stream.on('close', () => this.leave())
  }

  get connection(): AgentConnection {
    const { id, peer, action, sid, sentBytes } = this
    return { id, peer, since: this.#since, action, sid, sentBytes }
  }

  /** The caller is gone: what runs for it ends. */
  leave(): void {
    this.#gone.abort(interrupted)
    // A read that waits hears of nothing else.
    this.#stream.destroy()
  }

  /**
   * Callers say nothing after their request, and keep their side open: an end means that they are gone, which would else
   * be seen only when the next byte is sent.
   */
  watchPeer(): void {
    const { window } = this.reader
    window
      .fillOrEnd(window.available + 1, 'request')
      .then((hasMore) => {
        if (!hasMore) this.leave()
      })
      .catch(() => this.leave())
  }

  send(bytes: Uint8Array | string): Promise<void> {
    return send(this.#stream, bytes)
  }

  sendBlock(pairs: Iterable<readonly [string, string]>): Promise<void> {
    return this.send(encodeBlock(pairs))
  }

  async refuse(reason: string): Promise<void> {
    this.state.emit({ kind: 'refused', peer: this.peer, reason })
    await this.send(failedBlock(reason))
  }
}

/** What a caller is told. Our own bugs are not for them. */
export function describeFailure(error: unknown): string {
  if (error instanceof Refusal || error instanceof HoldfastError || error instanceof ProtocolError) return error.message
  if (error === interrupted) return interrupted.message
  if (error instanceof ToldInData) return error.message
  return 'The agent failed.'
}
