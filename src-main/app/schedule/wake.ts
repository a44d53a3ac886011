import type { Plan } from '../../../src-shared/model/plan.ts'
import { toPlainError } from '../contract-errors.ts'
import { nextOccurrences } from './occurrences.ts'

export interface WakePorts {
  now(): number
  plans(): readonly Plan[]
  pausedUntil(): number | undefined
  /** Sets the alarm of the computer or takes it back; absent where there is none. */
  setAlarm: ((at: number | undefined) => Promise<void>) | undefined
  bug(id: string, error: unknown): void
}

/** When the computer is to wake up, and why it would not. */
export interface WakeState {
  readonly at?: number | undefined
  /** A sentence. */
  readonly problem?: string | undefined
}

/** Keeps the alarm of the computer on the next run of the plans that may wake it. */
export class WakeWatch {
  readonly #ports: WakePorts
  #state: WakeState = {}
  #isSet = false

  constructor(ports: WakePorts) {
    this.#ports = ports
  }

  get state(): WakeState {
    return this.#state
  }

  /** Called after every look of the schedule; asks the system only when the moment is another one. */
  async look(): Promise<void> {
    const at = nextWake(this.#ports)
    if (at === this.#state.at && (at === undefined || this.#isSet)) return
    const { setAlarm, bug } = this.#ports
    if (setAlarm === undefined) {
      this.#state = { at }
      return
    }
    if (at === undefined && !this.#isSet) return
    try {
      await setAlarm(at)
      this.#state = { at }
    } catch (error) {
      const { message } = toPlainError(error, { bug })
      this.#state = { at, problem: message }
    }
    this.#isSet = true
  }
}

/** The first moment any plan wants the computer awake for. A pause lets it sleep. */
export function nextWake({
  now,
  plans,
  pausedUntil,
}: Pick<WakePorts, 'now' | 'plans' | 'pausedUntil'>): number | undefined {
  const from = Math.max(now(), pausedUntil() ?? 0)
  const moments = plans().flatMap(({ enabled, conditions, schedule }) =>
    enabled && conditions.wake === true ? nextOccurrences(schedule, from, 1) : [],
  )
  return moments.length === 0 ? undefined : Math.min(...moments)
}
