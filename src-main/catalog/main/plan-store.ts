import type { Database } from 'better-sqlite3'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { PlanId, RepositoryId } from '../../../src-shared/model/ids.ts'
import { type Plan, plan as planModel } from '../../../src-shared/model/plan.ts'
import { fromJson, toJson } from '../database/json-column.ts'

export interface PlanReader {
  /** In the order they were made. */
  list(): readonly Plan[]
  get(id: PlanId): Plan | undefined
  usingRepository(id: RepositoryId): readonly Plan[]
}

export interface PlanWriter extends PlanReader {
  /** Adds or replaces by id. Throws `repository/unknown` when a destination is not in the catalog. */
  put(plan: Plan): void
  /** Removes the plan and its schedule records; jobs and snapshots stay. Throws `plan/unknown`. */
  remove(id: PlanId): void
}

export function createPlanStore(db: Database): PlanWriter {
  const all = db.prepare<[], string>('SELECT value FROM plan ORDER BY created_at, id').pluck()
  const one = db.prepare<[string], string>('SELECT value FROM plan WHERE id = ?').pluck()
  const using = db
    .prepare<[string], string>(
      `SELECT plan.value FROM plan_destination JOIN plan ON plan.id = plan_id
       WHERE repository_id = ? ORDER BY created_at, plan.id`,
    )
    .pluck()
  const put = db.prepare(
    `INSERT INTO plan (id, created_at, value) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at, value = excluded.value`,
  )
  const clearDestinations = db.prepare('DELETE FROM plan_destination WHERE plan_id = ?')
  const addDestination = db.prepare('INSERT OR IGNORE INTO plan_destination VALUES (?, ?)')
  const hasRepository = db.prepare('SELECT 1 FROM repository WHERE id = ?').pluck()
  const remove = db.prepare('DELETE FROM plan WHERE id = ?')
  const read = (text: string) => fromJson(planModel, text, 'A plan')

  return {
    list: () => all.all().map(read),
    get(id) {
      const text = one.get(id)
      return text === undefined ? undefined : read(text)
    },
    usingRepository: (id) => using.all(id).map(read),
    put: db.transaction((plan: Plan) => {
      put.run(plan.id, plan.createdAt, toJson(planModel, plan))
      clearDestinations.run(plan.id)
      for (const { repositoryId } of plan.destinations) {
        if (hasRepository.get(repositoryId) === undefined) throw new HoldfastError('repository/unknown')
        addDestination.run(plan.id, repositoryId)
      }
    }).immediate,
    remove(id) {
      if (remove.run(id).changes === 0) throw new HoldfastError('plan/unknown')
    },
  }
}
