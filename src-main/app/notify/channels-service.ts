import { randomUUID } from 'node:crypto'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type Channel, type ChannelId, type ChannelState, channelId } from '../../../src-shared/model/channel.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { Clock } from '../clock.ts'
import type { SecretStore } from '../host.ts'
import type { Changes } from '../services/changes.ts'
import type { Message } from './message.ts'
import { sendEmail } from './send-email.ts'
import { sendWeb } from './send-web.ts'

/** A server that is away for a moment does not swallow a message. */
const retryAfterMs = [10_000, 60_000, 600_000] as const
/** Messages on their way; more are dropped, the oldest news is the least. */
const maximumWaiting = 100

export type NewChannel = Omit<Channel, 'id'> & { readonly id?: ChannelId | undefined }

export interface ChannelsOptions {
  readonly catalog: CatalogWriter
  readonly secrets: SecretStore
  readonly clock: Clock
  readonly changes: Changes
  readonly computer: string
}

/** Tells people what happened, by mail and over the web; tries again when nobody answers. */
export class ChannelsService {
  readonly #options: ChannelsOptions
  readonly #last = new Map<ChannelId, NonNullable<ChannelState['last']>>()
  readonly #waiting = new Set<() => void>()

  constructor(options: ChannelsOptions) {
    this.#options = options
  }

  list(): ChannelState[] {
    return this.#options.catalog.channels.list().map((channel) => this.#state(channel))
  }

  async save({ id, ...draft }: NewChannel, secret: string | undefined): Promise<ChannelState> {
    const { catalog, changes, secrets } = this.#options
    const channel: Channel = { ...draft, id: id ?? channelId.parse(randomUUID()) }
    if (secret === '') await secrets.delete(secretName(channel.id))
    else if (secret !== undefined) await secrets.set(secretName(channel.id), secret)
    catalog.channels.put(channel)
    changes.changed('settings')
    return this.#state(channel)
  }

  async remove(id: ChannelId): Promise<void> {
    this.#options.catalog.channels.remove(id)
    this.#last.delete(id)
    await this.#options.secrets.delete(secretName(id))
    this.#options.changes.changed('settings')
  }

  /** Throws `channel/failed` with the words of the other side. */
  async test({ id, ...draft }: NewChannel, secret: string | undefined): Promise<void> {
    const message: Message = {
      occasion: 'test',
      title: 'A test from Holdfast',
      body: 'If you can read this, Holdfast can reach you here.',
      computer: this.#options.computer,
      at: this.#options.clock.now(),
    }
    const known = id === undefined ? undefined : await this.#options.secrets.get(secretName(id))
    try {
      await send(draft, secret || known, message)
    } catch (cause) {
      throw new HoldfastError('channel/failed', {
        detail: wordsOf(cause),
        hint: 'Check the address and the password.',
        cause,
      })
    }
    if (id !== undefined) this.#note(id, { isOk: true, sentence: 'A test went through.' })
  }

  /** Goes out on every channel that wants to hear of it. Never throws and never waits. */
  tell(message: Omit<Message, 'computer' | 'at'>): void {
    const whole: Message = { ...message, computer: this.#options.computer, at: this.#options.clock.now() }
    for (const channel of this.#options.catalog.channels.list()) {
      if (wants(channel, whole)) void this.#deliver(channel, whole, 0)
    }
  }

  /** Drops what still waits to be tried again. */
  close(): void {
    for (const stop of this.#waiting) stop()
    this.#waiting.clear()
  }

  async #deliver(channel: Channel, message: Message, attempt: number): Promise<void> {
    try {
      await send(channel, await this.#options.secrets.get(secretName(channel.id)), message)
      this.#note(channel.id, { isOk: true, sentence: message.title })
    } catch (error) {
      this.#note(channel.id, { isOk: false, sentence: wordsOf(error) })
      const pauseMs = retryAfterMs[attempt]
      if (pauseMs === undefined || this.#waiting.size >= maximumWaiting) return
      const stop = this.#options.clock.after(pauseMs, () => {
        this.#waiting.delete(stop)
        void this.#deliver(channel, message, attempt + 1)
      })
      this.#waiting.add(stop)
    }
  }

  #note(id: ChannelId, how: { readonly isOk: boolean; readonly sentence: string }): void {
    this.#last.set(id, { at: this.#options.clock.now(), ...how })
    this.#options.changes.changed('settings')
  }

  #state(channel: Channel): ChannelState {
    const last = this.#last.get(channel.id)
    return last === undefined ? { channel } : { channel, last }
  }
}

function wants({ isOn, occasions, planIds, target }: Channel, { occasion, planId }: Message): boolean {
  if (!isOn || occasion === 'test') return isOn
  // A check that hears of failures only would think that nothing runs.
  const isHeard = occasions.includes(occasion) || (target.kind === 'healthchecks' && occasion === 'success')
  return isHeard && (planIds === undefined || planId === undefined || planIds.includes(planId))
}

function send({ target }: Pick<Channel, 'target'>, secret: string | undefined, message: Message): Promise<void> {
  return target.kind === 'email' ? sendEmail(target, secret, message) : sendWeb(target, secret, message)
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // `fetch` hides the reason in the cause.
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

function secretName(id: ChannelId): string {
  return `channel/${id}`
}
