import { describe, expect, it } from 'vitest'
import { type Plan, plan as planSchema } from '../../../src-shared/model/plan.ts'
import type { Schedule, SkipReason } from '../../../src-shared/model/schedule.ts'
import { occurrencesBetween } from './occurrences.ts'
import { createScheduler, type SchedulerPorts, type ScheduleState } from './scheduler.ts'
import { SimulatedClock } from './simulated-clock.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const berlin = 'Europe/Berlin'
const daily: Schedule = { kind: 'daily', at: '02:30', timeZone: berlin }

interface Ran {
  readonly at: number
  readonly startedAt: number
  readonly trigger: string
}

/** A computer with one plan: what ran, and what was written down instead. */
function computer(start: string, schedule: Schedule, conditions: Partial<Plan['conditions']> = {}) {
  const clock = new SimulatedClock(Date.parse(start))
  const world = {
    clock,
    plan: planSchema.parse({
      id: '00000000-0000-4000-8000-000000000001',
      name: 'Documents',
      source: { kind: 'folders', paths: ['/d'] },
      backupId: 'documents',
      destinations: [{ repositoryId: '00000000-0000-4000-8000-000000000002' }],
      schedule,
      conditions: { ...conditions },
      options: {},
      retry: {},
      hooks: {},
      enabled: true,
      createdAt: 0,
    }),
    ran: [] as Ran[],
    skipped: [] as { at: number; reason: SkipReason }[],
    state: undefined as ScheduleState | undefined,
    power: { onBattery: false, batteryPercent: 100, metered: false },
    pausedUntil: undefined as number | undefined,
    obstacle: undefined as SkipReason | undefined,
    running: false,
  }
  const ports: SchedulerPorts = {
    clock,
    timeZone: berlin,
    plans: () => [world.plan],
    power: async () => world.power,
    pausedUntil: () => world.pausedUntil,
    preflight: async () => world.obstacle,
    isRunning: () => world.running,
    run: (_plan, { at, trigger }) => world.ran.push({ at, trigger, startedAt: clock.now() }),
    recordSkipped: (_plan, at, reason) => world.skipped.push({ at, reason }),
    loadState: () => world.state,
    saveState: (_plan, state) => {
      world.state = structuredClone(state)
    },
    failed: (error) => {
      throw error
    },
  }
  return { ...world, world, ports, scheduler: createScheduler(ports) }
}

/** Every moment of the schedule either ran or has a reason, and nothing ran twice. */
function expectNothingLost(c: ReturnType<typeof computer>, from: number): void {
  const moments = occurrencesBetween(c.world.plan.schedule, from, c.clock.now() - 3 * minute, 100_000)
  const known = new Set([...c.world.ran.map((run) => run.at), ...c.world.skipped.map((skip) => skip.at)])
  expect(moments.filter((at) => !known.has(at))).toEqual([])
  const ranAt = c.world.ran.map((run) => run.at)
  expect(new Set(ranAt).size).toBe(ranAt.length)
}

describe('the scheduler', () => {
  it('runs every day for two weeks, on time', async () => {
    const c = computer('2026-06-01T10:00:00Z', daily)
    const start = c.clock.now()
    c.scheduler.start()
    await c.clock.run(14 * day)
    expect(c.world.ran).toHaveLength(14)
    expect(Math.max(...c.world.ran.map((run) => run.startedAt - run.at))).toBeLessThanOrEqual(minute)
    expect(c.world.skipped).toEqual([])
    expectNothingLost(c, start)
  })

  it('runs once on the day that has no 02:30 and once on the day that has two', async () => {
    for (const start of ['2026-03-22T10:00:00Z', '2026-10-18T10:00:00Z']) {
      const c = computer(start, daily)
      c.scheduler.start()
      await c.clock.run(14 * day)
      expect(c.world.ran).toHaveLength(14)
      expect(c.world.ran.every((run) => run.trigger === 'schedule')).toBe(true)
      expectNothingLost(c, Date.parse(start))
    }
  })

  it('runs within a minute of the disk being plugged in again, once, for all that was missed meanwhile', async () => {
    const c = computer('2026-06-01T10:00:00Z', daily)
    c.scheduler.start()
    c.world.obstacle = 'repository-missing'
    await c.clock.run(3 * day)
    expect(c.world.ran).toEqual([])
    expect(c.world.skipped.map((skip) => skip.reason)).toEqual(Array(3).fill('repository-missing'))
    const pluggedIn = c.clock.now()
    c.world.obstacle = undefined
    await c.clock.run(3 * minute)
    expect(c.world.ran).toMatchObject([{ trigger: 'catch-up' }])
    expect((c.world.ran[0]?.startedAt ?? 0) - pluggedIn).toBeLessThanOrEqual(minute)
  })

  it('catches up nights slept through exactly once, and writes down each', async () => {
    const c = computer('2026-06-01T10:00:00Z', daily)
    const start = c.clock.now()
    c.scheduler.start()
    await c.clock.run(2 * day)
    c.clock.sleep(3 * day)
    await c.clock.run(2 * day)
    expect(c.world.ran.map((run) => run.trigger)).toEqual(['schedule', 'schedule', 'catch-up', 'schedule', 'schedule'])
    expect(c.world.skipped.map((skip) => skip.reason)).toEqual(['asleep', 'asleep', 'asleep'])
    expectNothingLost(c, start)
  })

  it('catches up after it was not running, once, also when it is started twice', async () => {
    const c = computer('2026-06-01T10:00:00Z', daily)
    c.scheduler.start()
    await c.clock.run(day)
    c.scheduler.stop()
    c.clock.sleep(5 * day)
    const second = createScheduler(c.ports)
    second.start()
    await c.clock.run(2 * minute)
    second.stop()
    createScheduler(c.ports).start()
    await c.clock.run(2 * minute)
    expect(c.world.ran.map((run) => run.trigger)).toEqual(['schedule', 'catch-up'])
    expect(c.world.skipped.map((skip) => skip.reason)).toEqual(Array(5).fill('not-running'))
  })

  it('does not catch up when the plan does not want it, and still says what was missed', async () => {
    const c = computer('2026-06-01T10:00:00Z', daily, { catchUp: false })
    c.scheduler.start()
    await c.clock.run(hour)
    c.clock.sleep(2 * day)
    await c.clock.run(hour)
    expect(c.world.ran).toEqual([])
    expect(c.world.skipped).toHaveLength(2)
  })

  it('runs nothing twice when the clock is set back, and loses nothing', async () => {
    const c = computer('2026-06-01T10:00:00Z', { kind: 'interval', everyMinutes: 30, timeZone: berlin })
    const start = c.clock.now()
    c.scheduler.start()
    await c.clock.run(day)
    c.clock.jump(-6 * hour)
    await c.clock.run(2 * day)
    expectNothingLost(c, start)
  })

  it('recovers from a clock that was a year ahead for an hour', async () => {
    const c = computer('2026-06-01T10:00:00Z', daily)
    const start = c.clock.now()
    c.scheduler.start()
    await c.clock.run(day)
    c.clock.jump(365 * day)
    await c.clock.run(hour)
    c.clock.jump(-365 * day)
    await c.clock.run(7 * day)
    const real = c.world.ran.filter((run) => run.at < start + 30 * day)
    expect(real).toHaveLength(8)
    expect(c.world.ran.filter((run) => run.trigger === 'catch-up')).toHaveLength(1)
    expectNothingLost(c, start)
  })

  it('holds runs back for battery, network, quiet hours and pauses, with the reason, and makes up for them once', async () => {
    const c = computer(
      '2026-06-01T10:00:00Z',
      { kind: 'cron', expression: '0 * * * *', timeZone: berlin },
      { onBattery: 'skip-below-30', onMetered: 'skip', quietHours: { from: '22:00', to: '06:00' } },
    )
    const start = c.clock.now()
    c.scheduler.start()
    c.world.power = { onBattery: true, batteryPercent: 29, metered: false }
    await c.clock.run(3 * hour + minute)
    expect(c.world.ran).toEqual([])
    c.world.power = { onBattery: true, batteryPercent: 30, metered: false }
    await c.clock.run(2 * minute)
    expect(c.world.ran.map((run) => run.trigger)).toEqual(['catch-up'])
    c.world.power = { ...c.world.power, metered: true }
    await c.clock.run(hour)
    c.world.power = { ...c.world.power, metered: false }
    c.world.pausedUntil = c.clock.now() + 2 * hour
    await c.clock.run(2 * hour)
    await c.clock.run(24 * hour)
    expect([...new Set(c.world.skipped.map((skip) => skip.reason))].sort()).toEqual([
      'battery',
      'metered',
      'paused',
      'quiet-hours',
    ])
    expectNothingLost(c, start)
  })

  it('leaves a plan alone that is switched off or still running', async () => {
    const c = computer('2026-06-01T10:00:00Z', { kind: 'interval', everyMinutes: 60, timeZone: berlin })
    c.scheduler.start()
    c.world.running = true
    await c.clock.run(2 * hour + minute)
    c.world.running = false
    c.world.plan = { ...c.world.plan, enabled: false }
    await c.clock.run(hour)
    c.world.plan = { ...c.world.plan, enabled: true }
    await c.clock.run(30 * minute)
    expect(c.world.ran).toEqual([])
    expect(c.world.skipped.map((skip) => skip.reason)).toEqual(['still-running', 'still-running', 'plan-paused'])
  })

  it('waits for a repository that is away and runs when it comes back', async () => {
    const c = computer('2026-06-01T00:00:00Z', daily)
    c.world.obstacle = 'repository-missing'
    c.scheduler.start()
    await c.clock.run(5 * hour)
    expect(c.world.ran).toEqual([])
    c.world.obstacle = undefined
    await c.clock.run(2 * minute)
    expect(c.world.ran.map((run) => run.trigger)).toEqual(['catch-up'])
    expect(c.world.skipped.map((skip) => skip.reason)).toEqual(['repository-missing'])
  })

  it('begins anew when the schedule changes', async () => {
    const c = computer('2026-06-01T10:00:00Z', daily)
    c.scheduler.start()
    await c.clock.run(hour)
    c.world.plan = { ...c.world.plan, schedule: { kind: 'daily', at: '12:00', timeZone: berlin } }
    await c.clock.run(hour)
    expect(c.world.ran).toEqual([])
    expect(c.world.skipped).toEqual([])
  })

  it('survives two weeks of closing the lid at random without losing or doubling a run', async () => {
    const c = computer('2026-03-20T10:00:00Z', { kind: 'cron', expression: '*/20 * * * *', timeZone: berlin })
    const start = c.clock.now()
    let seed = 7
    const random = (): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return seed / 2147483648
    }
    c.scheduler.start()
    while (c.clock.now() < start + 14 * day) {
      await c.clock.run(random() * 5 * hour)
      c.clock.sleep(random() * 3 * hour)
      await c.clock.run(3 * minute)
      if (random() < 0.2) c.clock.jump((random() - 0.5) * 2 * hour)
    }
    await c.clock.run(3 * hour)
    expectNothingLost(c, start)
  })
})
