import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { jobId } from '../../../src-shared/model/ids.ts'
import { type Plan, plan as planSchema } from '../../../src-shared/model/plan.ts'
import type { PlanResult } from '../../catalog/main/job-reader.ts'
import { type PlanHistory, planDays, planHealth } from './plan-health.ts'

const timeZone = 'Europe/Berlin'
const now = Date.parse('2026-06-15T10:00:00Z')
const day = 24 * 60 * 60_000

function plan(more: Partial<Plan> = {}): Plan {
  return planSchema.parse({
    id: '00000000-0000-4000-8000-000000000001',
    name: 'Documents',
    source: { kind: 'folders', paths: ['/d'] },
    backupId: 'documents',
    destinations: [{ repositoryId: '00000000-0000-4000-8000-000000000002' }],
    schedule: { kind: 'daily', at: '02:00', timeZone },
    conditions: {},
    options: {},
    retry: {},
    hooks: {},
    enabled: true,
    createdAt: now - 60 * day,
    ...more,
  })
}

function result(daysAgo: number, outcome: PlanResult['outcome']): PlanResult {
  return { planId: plan().id, jobId: jobId.parse(randomUUID()), endedAt: now - daysAgo * day, outcome }
}

function history(more: Partial<PlanHistory> = {}): PlanHistory {
  const results = more.results ?? [result(0.3, 'success')]
  const good = results.findLast((one) => one.outcome === 'success' || one.outcome === 'warnings')
  return {
    plan: plan(),
    results,
    records: [],
    runningJobId: undefined,
    lastGoodAt: good?.endedAt,
    now,
    timeZone,
    pausedUntil: undefined,
    ...more,
  }
}

describe('health', () => {
  it.each<[string, PlanHistory]>([
    ['good', history()],
    ['warnings', history({ results: [result(0.3, 'warnings')] })],
    ['failed', history({ results: [result(1.3, 'success'), result(0.3, 'error')] })],
    ['good', history({ results: [result(0.3, 'success'), result(0.2, 'cancelled')] })],
    ['late', history({ results: [result(4, 'success')] })],
    ['late', history({ results: [] })],
    ['never', history({ results: [], plan: plan({ createdAt: now - 60_000 }) })],
    ['never', history({ results: [], plan: plan({ schedule: { kind: 'manual' } }) })],
    ['disabled', history({ plan: plan({ enabled: false }) })],
    ['paused', history({ pausedUntil: now + 1 })],
    ['running', history({ runningJobId: result(0, 'success').jobId })],
  ])('is %s', (health, of) => {
    expect(planHealth(of)).toBe(health)
  })
})

it('the strip shows each day what ran, or why nothing did', () => {
  const asleep = { planId: plan().id, recordedAt: now, outcome: { kind: 'skipped', reason: 'asleep' } } as const
  const battery = { planId: plan().id, recordedAt: now, outcome: { kind: 'skipped', reason: 'battery' } } as const
  const days = planDays(
    history({
      results: [result(3, 'error'), result(3, 'success'), result(1, 'error')],
      records: [
        { ...asleep, dueAt: now - 2 * day },
        { ...battery, dueAt: now - 4 * day },
      ],
    }),
  )
  expect(days).toHaveLength(30)
  expect(days.at(-1)?.day).toBe('2026-06-15')
  expect(days.slice(-5).map(({ state, reason }) => [state, reason])).toEqual([
    ['skipped', 'The computer ran on battery.'],
    ['good', undefined],
    ['missed', 'The computer was asleep.'],
    ['failed', undefined],
    ['none', undefined],
  ])
})
