import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { BugLog } from '../contract-errors.ts'
import type { Host } from '../host.ts'
import type { PlansService } from '../services/plans.ts'
import type { ScheduleMemory } from '../services/schedule-memory.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'
import { WakeWatch } from './wake.ts'

interface SchedulingParts {
  readonly host: Host
  readonly timeZone: string
  readonly catalog: CatalogWriter
  readonly plans: PlansService
  readonly memory: ScheduleMemory
  readonly bugs: BugLog
}

/** Runs plans when it is time for them, and has the computer wake for those that want it. */
export function schedulePlans({ host, timeZone, catalog, plans, memory, bugs }: SchedulingParts): {
  readonly scheduler: Scheduler
  readonly wake: WakeWatch
} {
  const { clock } = host
  const wake = new WakeWatch({
    now: () => clock.now(),
    plans: () => catalog.plans.list(),
    pausedUntil: () => memory.pausedUntil,
    setAlarm: host.wakeAt?.bind(host),
    bug: bugs.bug,
  })
  const scheduler = createScheduler({
    clock,
    timeZone,
    plans: () => catalog.plans.list(),
    power: () => host.power(),
    pausedUntil: () => memory.pausedUntil,
    preflight: async (plan) => plans.preflight(plan),
    isRunning: (id) => plans.isRunning(id),
    run: (plan, start) => {
      if (start.missed !== undefined || !plans.hasRun(plan.id, start.at)) plans.runScheduled(plan, start)
    },
    recordSkipped: (id, at, reason) => plans.recordSkipped(id, at, reason),
    loadState: (id) => memory.load(id),
    saveState: (id, state) => {
      memory.save(id, state)
      void wake.look() // a moment is over: the alarm moves to the next one
    },
    failed: (error) => bugs.bug('scheduler', error),
  })
  return { scheduler, wake }
}
