import type { Database } from 'better-sqlite3'
import type { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import {
  type Repository,
  type RepositoryUsage,
  repository as repositoryModel,
  repositoryState,
  repositoryUsage,
} from '../../../src-shared/model/repository.ts'
import { fromJson, toJson } from '../database/json-column.ts'

/** What was last learned of a repository, to show before it answers again. */
export const repositoryFacts = repositoryState
  .pick({ capabilities: true, usage: true, lastVerify: true, lastGarbageCollection: true })
  .partial()
export type RepositoryFacts = z.infer<typeof repositoryFacts>

export interface RepositoryReader {
  /** In the order they were added. */
  list(): readonly Repository[]
  get(id: RepositoryId): Repository | undefined
  facts(id: RepositoryId): RepositoryFacts
  /** Oldest first, at most `limit` points: of a longer range evenly many are left out, the newest stays. */
  usageHistory(id: RepositoryId, range: UsageRange): readonly RepositoryUsage[]
}

export interface UsageRange {
  readonly from: number
  readonly to: number
  readonly limit: number
}

export interface RepositoryWriter extends RepositoryReader {
  add(repository: Repository): void
  /** Throws `repository/unknown`. */
  update(repository: Repository): void
  /** Throws `repository/in-use` while a plan writes to it. Forgets its usage history too. */
  remove(id: RepositoryId): void
  /** Adds to what is known; absent fields stay. Throws `repository/unknown`. */
  learn(id: RepositoryId, facts: RepositoryFacts): void
  /** Records a point of the usage history and drops those older than `keepSince`. Throws `repository/unknown`. */
  recordUsage(id: RepositoryId, usage: RepositoryUsage, keepSince?: number): void
}

export function createRepositoryStore(db: Database): RepositoryWriter {
  const all = db.prepare<[], string>('SELECT value FROM repository ORDER BY added_at, id').pluck()
  const one = db.prepare<[string], string>('SELECT value FROM repository WHERE id = ?').pluck()
  const insert = db.prepare('INSERT INTO repository (id, added_at, address, value) VALUES (?, ?, ?, ?)')
  const update = db.prepare('UPDATE repository SET added_at = ?, address = ?, value = ? WHERE id = ?')
  const remove = db.prepare('DELETE FROM repository WHERE id = ?')
  const users = db.prepare<[string], number>('SELECT count(*) FROM plan_destination WHERE repository_id = ?').pluck()
  const facts = db.prepare<[string], string>('SELECT facts FROM repository WHERE id = ?').pluck()
  const setFacts = db.prepare('UPDATE repository SET facts = ? WHERE id = ?')
  const insertUsage = db.prepare('INSERT OR REPLACE INTO usage_history VALUES (?, ?, ?)')
  const dropUsage = db.prepare('DELETE FROM usage_history WHERE repository_id = ? AND at < ?')
  const usage = db
    .prepare<[{ id: string; from: number; to: number; limit: number }], string>(
      `SELECT value FROM (
         SELECT at, value, row_number() OVER (ORDER BY at DESC) - 1 AS back, count(*) OVER () AS total
         FROM usage_history WHERE repository_id = :id AND at BETWEEN :from AND :to
       ) WHERE back % ((total + :limit - 1) / :limit) = 0 ORDER BY at`,
    )
    .pluck()
  const read = (text: string) => fromJson(repositoryModel, text, 'A repository')

  const learn = db.transaction((id: RepositoryId, learned: RepositoryFacts) => {
    const before = facts.get(id)
    if (before === undefined) throw new HoldfastError('repository/unknown')
    const known = { ...fromJson(repositoryFacts, before, 'What is known of a repository'), ...learned }
    setFacts.run(toJson(repositoryFacts, known), id)
  })

  return {
    list: () => all.all().map(read),
    get(id) {
      const text = one.get(id)
      return text === undefined ? undefined : read(text)
    },
    facts: (id) => fromJson(repositoryFacts, facts.get(id) ?? '{}', 'What is known of a repository'),
    usageHistory: (id, { from, to, limit }) =>
      usage
        .all({ id, from, to, limit: Math.max(1, limit) })
        .map((text) => fromJson(repositoryUsage, text, 'A usage record')),
    add(repository) {
      insert.run(repository.id, repository.addedAt, repository.address, toJson(repositoryModel, repository))
    },
    update(repository) {
      const value = toJson(repositoryModel, repository)
      const { changes } = update.run(repository.addedAt, repository.address, value, repository.id)
      if (changes === 0) throw new HoldfastError('repository/unknown')
    },
    remove: db.transaction((id: RepositoryId) => {
      if ((users.get(id) ?? 0) > 0) {
        throw new HoldfastError('repository/in-use', { hint: 'Choose another repository for the plan, or delete it.' })
      }
      remove.run(id)
    }).immediate,
    learn: learn.immediate,
    recordUsage: db.transaction((id: RepositoryId, value: RepositoryUsage, keepSince?: number) => {
      learn(id, { usage: value })
      insertUsage.run(id, value.at, toJson(repositoryUsage, value))
      if (keepSince !== undefined) dropUsage.run(id, keepSince)
    }).immediate,
  }
}
