import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { PlanState } from '../../../src-shared/contract/plans.ts'
import { testPlan, testRepository } from '../../catalog/main/catalog-testing.ts'
import type { Message } from './message.ts'
import { PlanWatch } from './plan-watch.ts'

const hour = 3_600_000
const start = Date.UTC(2026, 0, 5, 12)
const plan = testPlan(testRepository(), { createdAt: start })

function watch() {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'holdfast-watch-'))
  onTestFinished(() => rmSync(dataDirectory, { recursive: true }))
  const told: Omit<Message, 'computer' | 'at'>[] = []
  const open = () => new PlanWatch({ dataDirectory, timeZone: 'UTC', tell: (message) => told.push(message) })
  return { told, open }
}

function state(health: PlanState['health'], lastGoodAt: number): PlanState {
  return { plan, health, lastGoodAt, days: [] }
}

test('an overdue plan is told of once, over a restart too, and again after the next lapse', () => {
  const { told, open } = watch()
  open().look(start + 30 * hour, [state('late', start)], [])
  open().look(start + 31 * hour, [state('late', start)], [])
  expect(told).toMatchObject([{ occasion: 'overdue', body: 'No good run for 30 hours.', planId: plan.id }])
  open().look(start + 40 * hour, [state('good', start + 40 * hour)], [])
  open().look(start + 140 * hour, [state('late', start + 40 * hour)], [])
  expect(told.map(({ body }) => body)).toEqual(['No good run for 30 hours.', 'No good run for 4 days.'])
})

test('a report comes once a week, the plans that need a look first', () => {
  const { told, open } = watch()
  const second = { ...state('failed', start), plan: { ...plan, name: 'Photos' } }
  for (let day = 0; day <= 15; day++) open().look(start + day * 24 * hour, [state('good', start), second], [])
  expect(told.map(({ occasion }) => occasion)).toEqual(['report', 'report'])
  expect(told[0]?.title).toBe('The week in backups: 1 of 2 plans need a look')
  expect(told[0]?.body.split('\n')[0]).toMatch(/^Photos: failed/)
})
