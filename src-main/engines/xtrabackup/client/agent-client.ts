import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { authPairs } from '../wire/auth-proof.ts'
import { type KvBlock, pairValue } from '../wire/kv-block.ts'
import { olderVersion, protocolVersion } from '../wire/limits.ts'
import { type AgentAddress, dialAgent } from './dial.ts'
import { Exchange } from './exchange.ts'

/** A backup may be silent while it waits for locks. */
const defaultIdleMs = 300_000

export interface AgentClientOptions {
  /** A function opens the way itself: tests hand in pipes. */
  readonly address: AgentAddress | ((signal: AbortSignal) => Promise<Duplex>)
  readonly secret?: string | undefined
  readonly idleMs?: number | undefined
  /** How often a silence is waited out once more, with a warning each time; never when absent. */
  readonly idleRetries?: number | undefined
  readonly onWarning?: (warning: string) => void
  /** Unix seconds. */
  readonly now?: (() => number) | undefined
}

export interface AgentRequest {
  readonly action: string
  /** Relates requests of one backup; made up when absent. The original needs one (spec xtrabackup-agent §11). */
  readonly sid?: string | undefined
  readonly pairs: readonly (readonly [string, string])[]
}

export interface JobFilter {
  /** Unix seconds. */
  readonly newerThan: number
  readonly maxItems?: number
  readonly type?: 'full' | 'incremental'
}

/** Opens exchanges with one agent; each is a connection of its own. */
export class AgentClient {
  readonly #options: AgentClientOptions
  /** What the agent was found to understand. */
  #version = protocolVersion

  constructor(options: AgentClientOptions) {
    this.#options = options
  }

  /** An agent of minor 75 refuses us as too new: then it is asked once more as an older client. The caller closes. */
  async open(request: AgentRequest, signal: AbortSignal): Promise<Exchange> {
    try {
      return await this.#open(request, signal)
    } catch (error) {
      const isTooNew =
        error instanceof HoldfastError &&
        error.code === 'mysql/agent-refused' &&
        error.detail?.startsWith('Incompatible client version') === true
      if (!isTooNew || this.#version === olderVersion) throw error
      this.#version = olderVersion
      return this.#open(request, signal)
    }
  }

  /** What the agent did, newest first (spec §5.3). */
  monitor(filter: JobFilter, signal: AbortSignal): AsyncGenerator<KvBlock> {
    return this.#jobs('monitor', filter, signal)
  }

  /** The same of one of our agents, with where each begins and ends in the server's log, and what made it. */
  list(filter: JobFilter, signal: AbortSignal): AsyncGenerator<KvBlock> {
    return this.#jobs('list', filter, signal)
  }

  async *#jobs(action: 'monitor' | 'list', filter: JobFilter, signal: AbortSignal): AsyncGenerator<KvBlock> {
    const pairs: (readonly [string, string])[] = [['newer_than', String(filter.newerThan)]]
    if (filter.maxItems !== undefined) pairs.push(['max_items', String(filter.maxItems)])
    if (filter.type !== undefined) pairs.push(['type', filter.type])
    if (action === 'list') pairs.push(['bkm-ext', '1'])
    const exchange = await this.open({ action, pairs }, signal)
    try {
      for (let job = await exchange.blockOrEnd(); job !== undefined; job = await exchange.blockOrEnd()) yield job
    } finally {
      exchange.close()
    }
  }

  /** Tool, server and room of one of our agents. Throws `mysql/agent-refused` from any other. */
  async check(login: readonly (readonly [string, string])[], signal: AbortSignal): Promise<KvBlock> {
    const exchange = await this.open({ action: 'check', pairs: [['bkm-ext', '1'], ...login] }, signal)
    try {
      return await exchange.block()
    } finally {
      exchange.close()
    }
  }

  /** Tables of the server, from one of our agents. */
  async *tables(
    login: readonly (readonly [string, string])[],
    signal: AbortSignal,
  ): AsyncGenerator<{ database: string; name: string; engine: string; sizeBytes: number }> {
    const exchange = await this.open({ action: 'tables', pairs: [['bkm-ext', '1'], ...login] }, signal)
    try {
      for (;;) {
        const block = await exchange.block()
        if (block.get('status') !== 'TABLE') return
        yield {
          database: block.get('database') ?? '',
          name: block.get('table') ?? '',
          engine: block.get('engine') ?? '',
          sizeBytes: Number(pairValue(block, 'bytes') ?? 0),
        }
      }
    } finally {
      exchange.close()
    }
  }

  async #open({ action, sid, pairs }: AgentRequest, signal: AbortSignal): Promise<Exchange> {
    const { address, secret, idleMs = defaultIdleMs, idleRetries = 0, onWarning, now } = this.#options
    const session = sid ?? `holdfast-${randomBytes(8).toString('hex')}`
    const nowSeconds = now?.() ?? Math.floor(Date.now() / 1000)
    const all = [
      ['action', action] as const,
      ['sid', session] as const,
      ...pairs,
      ...(secret === undefined ? [] : authPairs({ secret, action, sid: session }, nowSeconds)),
    ]
    const stream = typeof address === 'function' ? await address(signal) : await dialAgent(address, signal)
    try {
      const options = {
        version: this.#version,
        pairs: all,
        idle: { idleMs, retries: idleRetries },
        signal,
        ...(onWarning && { onWarning }),
      }
      return await Exchange.begin(stream, options)
    } catch (error) {
      stream.destroy()
      signal.throwIfAborted()
      throw error
    }
  }
}
