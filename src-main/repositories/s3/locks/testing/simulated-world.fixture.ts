import { HoldfastError } from '../../../../../src-shared/errors.ts'
import type { StoredObject } from '../../bucket.ts'
import type { LockStore } from '../bucket-locks.ts'
import type { LockTime } from '../lock-time.ts'

export interface Weather {
  /** How long something takes on the way, each way. */
  readonly delayMs: () => number
  /** Whether a request, or the answer to it, gets lost. */
  readonly isLost: () => boolean
}

const fair: Weather = { delayMs: () => 10, isLost: () => false }

/**
 * A store and computers in a time of their own. The store does one thing after the other, and what it did is seen by
 * everything after: what S3 promises. Between a computer and the store anything may be late or lost.
 */
export class SimulatedWorld {
  now = 1_700_000_000_000
  /** How much has happened. */
  events = 0
  readonly objects = new Map<string, { bytes: Buffer; modifiedAt: number }>()
  readonly #events: { readonly at: number; readonly number: number; readonly run: () => void }[] = []
  #number = 0

  after(ms: number, run: () => void): void {
    const event = { at: this.now + Math.max(0, ms), number: this.#number++, run }
    let place = this.#events.length
    while (place > 0 && (this.#events[place - 1]?.at ?? 0) > event.at) place--
    this.#events.splice(place, 0, event)
  }

  /** Lets time go by until then, or until there is a result. */
  async live<Result>(ms: number, until?: Promise<Result>): Promise<void> {
    const end = this.now + ms
    let isDone = false
    const settle = () => {
      isDone = true
    }
    until?.then(settle, settle)
    for (;;) {
      await settled()
      const event = this.#events[0]
      if (isDone || event === undefined || event.at > end) break
      this.#events.shift()
      this.now = event.at
      this.events++
      event.run()
    }
    if (!isDone) this.now = end
  }

  /** The result, in as much time of this world as it takes. */
  async see<Result>(work: Promise<Result>): Promise<Result> {
    await this.live(24 * 60 * 60_000, work)
    return await work
  }
}

/** All that can go on without time going by. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** One that asks the store. It may crash, sleep, or be cut off from the store. */
export class SimulatedComputer {
  readonly time: LockTime
  readonly store: LockStore
  mayWrite = true
  readonly #world: SimulatedWorld
  readonly #weather: Weather
  #isDead = false
  #wakesAt = Number.NEGATIVE_INFINITY
  #cutOffUntil = Number.NEGATIVE_INFINITY
  #uncountedMs = 0

  constructor(world: SimulatedWorld, weather: Weather = fair) {
    this.#world = world
    this.#weather = weather
    this.time = {
      now: () => world.now - this.#uncountedMs,
      pause: (ms, signal) => this.#inTime(signal, (done) => this.#after(ms, () => done(() => undefined))),
      every: (ms, callback) => this.#every(ms, callback),
    }
    this.store = {
      get: (name, _maxBytes, signal) =>
        this.#ask(signal, () => {
          const found = world.objects.get(name)
          return found && { bytes: found.bytes, etag: '' }
        }),
      head: (name, signal) => this.#ask(signal, () => describe(name, world)),
      put: (name, bytes, signal) =>
        this.#ask(signal, () => {
          if (!this.mayWrite) throw new HoldfastError('auth/denied')
          world.objects.set(name, { bytes: Buffer.from(bytes), modifiedAt: world.now })
          return true
        }),
      delete: (names, signal) =>
        this.#ask(signal, () => {
          if (!this.mayWrite) throw new HoldfastError('auth/denied')
          for (const name of names) world.objects.delete(name)
        }),
      list: (prefix, signal) => this.#list(prefix, signal),
    }
  }

  get isAwake(): boolean {
    return !this.#isDead && this.#world.now >= this.#wakesAt
  }

  crash(): void {
    this.#isDead = true
  }

  sleep(ms: number): void {
    this.#wakesAt = Math.max(this.#wakesAt, this.#world.now + ms)
  }

  /** As a virtual machine does: it never learns of it. */
  freeze(ms: number): void {
    this.sleep(ms)
    this.#uncountedMs += ms
  }

  cutOff(ms: number): void {
    this.#cutOffUntil = this.#world.now + ms
  }

  async *#list(prefix: string, signal: AbortSignal): AsyncGenerator<StoredObject, void, undefined> {
    const world = this.#world
    yield* await this.#ask(signal, () =>
      [...world.objects.keys()]
        .filter((name) => name.startsWith(prefix))
        .sort()
        .flatMap((name) => describe(name, world) ?? []),
    )
  }

  /** What was sent arrives, even when nobody waits for the answer any more. */
  async #ask<Answer>(signal: AbortSignal, act: () => Answer): Promise<Answer> {
    return await this.#inTime(signal, (done) => {
      const { delayMs, isLost } = this.#weather
      const fail = () => this.#after(delayMs(), () => done(unreachable))
      if (this.#world.now < this.#cutOffUntil) return fail()
      const isRequestLost = isLost()
      const isAnswerLost = isLost()
      if (isRequestLost || isAnswerLost) fail()
      if (isRequestLost) return
      this.#world.after(delayMs(), () => {
        const answer = attempt(act)
        if (!isAnswerLost) this.#after(delayMs(), () => done(answer))
      })
    })
  }

  async #inTime<Value>(signal: AbortSignal, begin: (done: (value: () => Value) => void) => void): Promise<Value> {
    signal.throwIfAborted()
    return await new Promise((resolve, reject) => {
      const stop = () => reject(signal.reason)
      signal.addEventListener('abort', stop, { once: true })
      begin((value) => {
        signal.removeEventListener('abort', stop)
        try {
          resolve(value())
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  #every(ms: number, callback: () => void): () => void {
    let isOn = true
    const next = () =>
      this.#after(ms, () => {
        if (!isOn) return
        callback()
        next()
      })
    next()
    return () => {
      isOn = false
    }
  }

  /** For what happens on this computer: never once it is dead, later while it sleeps. */
  #after(ms: number, run: () => void): void {
    this.#world.after(ms, () => {
      if (this.#isDead) return
      if (this.isAwake) run()
      else this.#after(this.#wakesAt - this.#world.now, run)
    })
  }
}

function describe(name: string, { objects }: SimulatedWorld): StoredObject | undefined {
  const found = objects.get(name)
  return found && { name, sizeBytes: found.bytes.length, modifiedAt: found.modifiedAt }
}

function attempt<Answer>(act: () => Answer): () => Answer {
  try {
    const answer = act()
    return () => answer
  } catch (error) {
    return () => {
      throw error
    }
  }
}

function unreachable(): never {
  throw new HoldfastError('repository/unreachable', { detail: 'simulated' })
}
