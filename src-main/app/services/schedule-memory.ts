import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type PlanId, timestamp } from '../../../src-shared/model/ids.ts'
import { skipReason } from '../../../src-shared/model/schedule.ts'
import { writeFileDurably } from '../durable-file.ts'
import type { ScheduleState } from '../schedule/scheduler.ts'

const state = z.object({
  pausedUntil: timestamp.optional(),
  plans: z.record(
    z.string(),
    z.object({
      doneUntil: timestamp,
      schedule: z.string(),
      owed: z.object({ at: timestamp, reason: skipReason }).optional(),
      ranAt: z.array(timestamp),
    }),
  ),
})

/**
 * What the scheduler must remember over a restart, in `schedule.json` of the data folder. Losing it costs no run that was
 * due after the restart and doubles none: the records in the catalog have the last word.
 */
export class ScheduleMemory {
  readonly #path: string
  #state: z.infer<typeof state>

  constructor(dataDirectory: string) {
    this.#path = join(dataDirectory, 'schedule.json')
    this.#state = this.#read()
  }

  get pausedUntil(): number | undefined {
    return this.#state.pausedUntil
  }

  pause(until: number | undefined): void {
    this.#state = { plans: this.#state.plans, ...(until === undefined ? {} : { pausedUntil: until }) }
    this.#write()
  }

  load(id: PlanId): ScheduleState | undefined {
    return this.#state.plans[id]
  }

  save(id: PlanId, plan: ScheduleState): void {
    const { owed, ...rest } = plan
    const stored = { ...rest, ranAt: [...plan.ranAt], ...(owed === undefined ? {} : { owed: { ...owed } }) }
    this.#state = { ...this.#state, plans: { ...this.#state.plans, [id]: stored } }
    this.#write()
  }

  forget(id: PlanId): void {
    const { [id]: _, ...plans } = this.#state.plans
    this.#state = { ...this.#state, plans }
    this.#write()
  }

  #read(): z.infer<typeof state> {
    try {
      return state.parse(JSON.parse(readFileSync(this.#path, 'utf8')))
    } catch {
      return { plans: {} } // not there yet, or cut short by a crash: see above
    }
  }

  #write(): void {
    writeFileDurably(this.#path, JSON.stringify(this.#state))
  }
}
