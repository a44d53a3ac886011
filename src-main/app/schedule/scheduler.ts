import type { PlanId } from '../../../src-shared/model/ids.ts'
import type { Plan } from '../../../src-shared/model/plan.ts'
import type { SkipReason } from '../../../src-shared/model/schedule.ts'
import type { Clock } from '../clock.ts'
import type { PowerState } from '../host.ts'
import { isWithin } from './local-time.ts'
import { nextOccurrences, occurrencesBetween } from './occurrences.ts'

/** A run that starts this much after its moment was on time: twice the longest pause between two looks, and some. */
const graceMs = 150_000
const lookEveryMs = 60_000
/** Missed moments that get a record of their own; of more, the newest. Three days of every five minutes. */
const maximumMissed = 864
const rememberedRuns = 1000

/** What the scheduler needs of the rest of the app. */
export interface SchedulerPorts {
  readonly clock: Clock
  /** The zone of quiet hours: the computer's own. */
  readonly timeZone: string
  plans(): readonly Plan[]
  power(): Promise<PowerState>
  /** All plans rest until then. */
  pausedUntil(): number | undefined
  /** What stands in the way besides the conditions of the plan. */
  preflight(plan: Plan): Promise<SkipReason | undefined>
  isRunning(planId: PlanId): boolean
  /** Queues the jobs of a plan. Durable when it returns. */
  run(plan: Plan, start: ScheduledStart): void
  /** Writes down a run that did not happen. */
  recordSkipped(planId: PlanId, at: number, reason: SkipReason): void
  loadState(planId: PlanId): ScheduleState | undefined
  saveState(planId: PlanId, state: ScheduleState): void
  /** One plan could not be looked at. The others go on, and so does this one at the next look. */
  failed(error: unknown): void
}

export interface ScheduledStart {
  readonly trigger: 'schedule' | 'catch-up'
  /** The moment the schedule named. */
  readonly at: number
  /** Set for `catch-up`: why it could not run then. */
  readonly missed: SkipReason | undefined
}

/** What must survive a restart for a run to be neither lost nor doubled. */
export interface ScheduleState {
  /** Every moment up to here has been dealt with. */
  readonly doneUntil: number
  /** The schedule it belongs to; a changed one begins anew. */
  readonly schedule: string
  /** A run that is still to be caught up. */
  readonly owed?: { readonly at: number; readonly reason: SkipReason } | undefined
  /** Moments that were run, newest last: so that a clock set back does not run them again. */
  readonly ranAt: readonly number[]
}

export interface Scheduler {
  start(): void
  /** Looks now: after waking up, after a change of plans, power or network. */
  look(): Promise<void>
  stop(): void
}

export function createScheduler(ports: SchedulerPorts): Scheduler {
  const { clock } = ports
  let startedAt = clock.now()
  let cancelTimer: (() => void) | undefined
  let looking: Promise<void> | undefined
  let isStopped = false
  const quietUntil = new Map<PlanId, Quiet>()

  async function lookOnce(): Promise<void> {
    for (const plan of ports.plans()) {
      if (isStopped) return
      try {
        await lookAtPlan(ports, plan, startedAt, quietUntil)
      } catch (error) {
        ports.failed(error)
      }
    }
  }

  function look(): Promise<void> {
    // One look at a time: what became due meanwhile is found by the next one.
    looking ??= lookOnce().finally(() => {
      looking = undefined
    })
    return looking
  }

  function arm(): void {
    cancelTimer?.()
    // Timers stand still while the computer sleeps, hence the short step instead of one long wait.
    cancelTimer = clock.after(lookEveryMs - (clock.now() % lookEveryMs), () => {
      void look().finally(() => {
        if (!isStopped) arm()
      }) // failures of one look are the ports' to report; the next look comes regardless
    })
  }

  return {
    start() {
      startedAt = clock.now()
      isStopped = false
      arm()
      void look() // as above
    },
    look,
    stop() {
      isStopped = true
      cancelTimer?.()
    },
  }
}

/** Until when a plan certainly has nothing to do, so that most looks cost nothing. */
interface Quiet {
  readonly state: ScheduleState
  readonly nextAt: number
}

async function lookAtPlan(
  ports: SchedulerPorts,
  plan: Plan,
  startedAt: number,
  quietUntil: Map<PlanId, Quiet>,
): Promise<void> {
  const now = ports.clock.now()
  const schedule = JSON.stringify(plan.schedule)
  const stored = ports.loadState(plan.id)
  const known = stored?.schedule === schedule ? stored : undefined
  if (plan.schedule.kind === 'manual' || known === undefined) {
    if (known === undefined) ports.saveState(plan.id, { doneUntil: now, schedule, ranAt: [] })
    return
  }

  const quiet = quietUntil.get(plan.id)
  const isQuiet = quiet !== undefined && quiet.state.doneUntil === known.doneUntil && quiet.state.schedule === schedule
  if (isQuiet && known.owed === undefined && now >= known.doneUntil && now < quiet.nextAt) return

  // A clock that was set back shows the same moments again; those that were run are not run twice.
  const from = Math.min(known.doneUntil, now)
  const due = occurrencesBetween(plan.schedule, from, now, maximumMissed).filter((at) => !known.ranAt.includes(at))
  const latest = due.at(-1)
  const onTime = latest !== undefined && now - latest <= graceMs ? latest : undefined

  let owed = known.owed
  for (const at of due) {
    if (at === onTime) continue
    const reason = missedBecause(ports, plan, at, startedAt)
    ports.recordSkipped(plan.id, at, reason)
    if (isOwed(plan, reason)) owed = { at, reason }
  }

  const ranAt = [...known.ranAt]
  if (onTime !== undefined) {
    const reason = await obstacle(ports, plan)
    if (reason === undefined) {
      ports.run(plan, { trigger: 'schedule', at: onTime, missed: undefined })
      ranAt.push(onTime)
      owed = undefined
    } else {
      ports.recordSkipped(plan.id, onTime, reason)
      if (isOwed(plan, reason)) owed = { at: onTime, reason }
    }
  }
  if (owed !== undefined && !plan.conditions.catchUp) owed = undefined
  if (owed !== undefined && (await obstacle(ports, plan)) === undefined) {
    ports.run(plan, { trigger: 'catch-up', at: owed.at, missed: owed.reason })
    ranAt.push(owed.at)
    owed = undefined
  }
  // Without a due moment the stored state stays true: what lies between it and now holds nothing.
  if (due.length === 0 && owed?.at === known.owed?.at && from === known.doneUntil) {
    const nextAt = nextOccurrences(plan.schedule, now, 1)[0] ?? Number.POSITIVE_INFINITY
    quietUntil.set(plan.id, { state: known, nextAt })
    return
  }
  ports.saveState(plan.id, { doneUntil: now, schedule, owed, ranAt: ranAt.slice(-rememberedRuns) })
}

function missedBecause(ports: SchedulerPorts, plan: Plan, at: number, startedAt: number): SkipReason {
  if (!plan.enabled) return 'plan-paused'
  const pausedUntil = ports.pausedUntil()
  if (pausedUntil !== undefined && at < pausedUntil) return 'paused'
  return at < startedAt ? 'not-running' : 'asleep'
}

/** A run held back by a wish of the person is not made up for, nor one that a running one covers. */
function isOwed(plan: Plan, reason: SkipReason): boolean {
  return plan.conditions.catchUp && reason !== 'plan-paused' && reason !== 'still-running'
}

async function obstacle(ports: SchedulerPorts, plan: Plan): Promise<SkipReason | undefined> {
  if (!plan.enabled) return 'plan-paused'
  const now = ports.clock.now()
  const pausedUntil = ports.pausedUntil()
  if (pausedUntil !== undefined && now < pausedUntil) return 'paused'
  if (ports.isRunning(plan.id)) return 'still-running'
  const { onBattery, onMetered, quietHours } = plan.conditions
  if (quietHours !== undefined && isWithin(quietHours, now, ports.timeZone)) return 'quiet-hours'
  if (onBattery !== 'run' || onMetered !== 'run') {
    const power = await ports.power()
    if (power.onBattery && onBattery === 'skip') return 'battery'
    if (power.onBattery && onBattery === 'skip-below-30' && (power.batteryPercent ?? 100) < 30) return 'battery'
    if (power.metered === true && onMetered === 'skip') return 'metered'
  }
  return ports.preflight(plan)
}
