/** Counts failed logins and locks out who fails too often. Bounded, whatever names strangers come up with. */
export interface LoginGuardOptions {
  readonly now: () => number
  /** So many failures within `windowMs` lock a name out. */
  readonly maxFailures?: number | undefined
  readonly windowMs?: number | undefined
  readonly maxNames?: number | undefined
}

interface Failures {
  count: number
  lastAt: number
}

const DEFAULT_FAILURES = 10
const DEFAULT_WINDOW_MS = 10 * 60_000
const DEFAULT_NAMES = 10_000

export class LoginGuard {
  readonly #now: () => number
  readonly #maxFailures: number
  readonly #windowMs: number
  readonly #maxNames: number
  /** In the order of the last failure. */
  readonly #failures = new Map<string, Failures>()

  constructor({ now, maxFailures, windowMs, maxNames }: LoginGuardOptions) {
    this.#now = now
    this.#maxFailures = maxFailures ?? DEFAULT_FAILURES
    this.#windowMs = windowMs ?? DEFAULT_WINDOW_MS
    this.#maxNames = maxNames ?? DEFAULT_NAMES
  }

  /** While this is so, the right password is refused too: the last guess must not show. */
  isLockedOut(name: string): boolean {
    const failures = this.#current(name)
    return failures !== undefined && failures.count >= this.#maxFailures
  }

  failed(name: string): void {
    const count = (this.#current(name)?.count ?? 0) + 1
    this.#failures.delete(name)
    this.#failures.set(name, { count, lastAt: this.#now() })
    if (this.#failures.size <= this.#maxNames) return
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest)
      return
    }
  }

  succeeded(name: string): void {
    this.#failures.delete(name)
  }

  #current(name: string): Failures | undefined {
    const failures = this.#failures.get(name)
    if (failures === undefined || this.#now() - failures.lastAt < this.#windowMs) return failures
    this.#failures.delete(name)
    return undefined
  }
}
