import type { Duplex } from 'node:stream'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { agentFailure, requireNotFailed } from '../wire/agent-failure.ts'
import { encodeBlock, isOldText, type KvBlock, readBlockAfter, readBlockOrEnd } from '../wire/kv-block.ts'
import { MessageReader } from '../wire/message-reader.ts'
import { send } from '../wire/send.ts'
import { asUnreachable, type IdleLimit, limitIdle } from './idle-limit.ts'

export interface ExchangeOptions {
  readonly version: string
  readonly pairs: readonly (readonly [string, string])[]
  readonly idle: Omit<IdleLimit, 'onSilence'>
  readonly signal: AbortSignal
  /** What an agent of the original would not understand, and when an agent is silent. */
  readonly onWarning?: (warning: string) => void
}

/** One request on one connection, up to READY (spec xtrabackup-agent §8). */
export class Exchange {
  readonly reader: MessageReader
  readonly #stream: Duplex

  private constructor(stream: Duplex, options: ExchangeOptions) {
    this.#stream = stream
    const onSilence = (seconds: number): void =>
      options.onWarning?.(`The agent has sent nothing for ${seconds} seconds; it is waited for once more.`)
    this.reader = new MessageReader(limitIdle(stream, { ...options.idle, onSilence }), options.signal)
  }

  /** Throws `mysql/agent-refused` with what the agent said; `close` belongs to whoever called, also then. */
  static async begin(stream: Duplex, options: ExchangeOptions): Promise<Exchange> {
    const onAbort = (): void => void stream.destroy()
    options.signal.addEventListener('abort', onAbort, { once: true })
    stream.once('close', () => options.signal.removeEventListener('abort', onAbort))
    const exchange = new Exchange(stream, options)
    for (const [key, value] of options.pairs) {
      if (!isOldText(`${key}=${value}`))
        options.onWarning?.(`An agent of the original would refuse the characters in ${key}.`)
    }
    await exchange.send(`${options.version}\n${encodeBlock(options.pairs)}`)
    await exchange.#waitForReady()
    return exchange
  }

  /** The next block; one that says FAILED is thrown, an end without a word is told as such. */
  async block(): Promise<KvBlock> {
    const block = await this.blockOrEnd()
    if (block === undefined)
      throw new HoldfastError('mysql/agent-refused', {
        detail: 'It closed the connection without saying why.',
        hint: 'The log on the database host may say more.',
      })
    return block
  }

  async blockOrEnd(): Promise<KvBlock | undefined> {
    const block = await readBlockOrEnd(this.reader, { isLenient: true })
    if (block !== undefined) requireNotFailed(block)
    return block
  }

  async send(bytes: Uint8Array | string): Promise<void> {
    try {
      await send(this.#stream, bytes)
    } catch (error) {
      throw asUnreachable(error)
    }
  }

  close(): void {
    this.#stream.destroy()
  }

  /** A first line of digits is the count of a block that says why not. */
  async #waitForReady(): Promise<void> {
    const line = await this.reader.lineOrEnd('READY')
    if (line === 'READY') return
    if (line === undefined) throw new HoldfastError('mysql/agent-unreachable', { detail: 'It closed the connection.' })
    requireNotFailed(await readBlockAfter(line, this.reader, { isLenient: true }))
    throw agentFailure('It did not become ready.')
  }
}
