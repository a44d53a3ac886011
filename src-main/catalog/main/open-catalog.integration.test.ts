import { copyFileSync, existsSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { settings } from '../../../src-shared/model/settings.ts'
import { testCatalog, testFolder, testPlan, testRepository } from './catalog-testing.ts'
import { openCatalog } from './open-catalog.ts'
import { catalogKind } from './schema.ts'

const open = (folder: string) => openCatalog(folder, { now: () => 1 })

test('what is put in is there after closing and opening, names that are not UTF-8 included', () => {
  const folder = testFolder()
  const repository = testRepository()
  const plan = testPlan(repository)
  const first = open(folder)
  first.repositories.add(repository)
  first.plans.put(plan)
  first.settings.set(settings.parse({ theme: 'dark' }))
  first.close()
  const second = open(folder)
  expect([second.repositories.list(), second.plans.list(), second.settings.get().theme]).toEqual([
    [repository],
    [plan],
    'dark',
  ])
  second.close()
})

test('a repository that a plan writes to cannot be removed, a plan cannot write to an unknown one', () => {
  const { catalog } = testCatalog()
  const repository = testRepository()
  const plan = testPlan(repository)
  expect(() => catalog.plans.put(plan)).toThrow(expect.objectContaining({ code: 'repository/unknown' }))
  expect(catalog.plans.list()).toEqual([])
  catalog.repositories.add(repository)
  catalog.plans.put(plan)
  expect(() => catalog.repositories.remove(repository.id)).toThrow(
    expect.objectContaining({ code: 'repository/in-use' }),
  )
  catalog.plans.remove(plan.id)
  catalog.repositories.remove(repository.id)
  expect(catalog.repositories.list()).toEqual([])
})

test('usage history thins out long ranges and keeps the newest point', () => {
  const { catalog } = testCatalog()
  const repository = testRepository()
  catalog.repositories.add(repository)
  for (let at = 1; at <= 100; at++) {
    catalog.repositories.recordUsage(
      repository.id,
      { totalBytes: 1000, usedBytes: at, availableBytes: 1000 - at, at },
      at - 50,
    )
  }
  const points = catalog.repositories.usageHistory(repository.id, { from: 0, to: 1000, limit: 10 }).map(({ at }) => at)
  expect(points.length).toBeLessThanOrEqual(10)
  expect(points.at(-1)).toBe(100)
  expect(points[0]).toBeGreaterThanOrEqual(50)
  expect(catalog.repositories.facts(repository.id).usage?.usedBytes).toBe(100)
})

test('only the first process to account for a due time may queue its job', () => {
  const { catalog, another } = testCatalog()
  const repository = testRepository()
  const plan = testPlan(repository)
  catalog.repositories.add(repository)
  catalog.plans.put(plan)
  const record = { planId: plan.id, dueAt: 5, recordedAt: 6, outcome: { kind: 'skipped', reason: 'battery' } } as const
  expect([catalog.scheduleRecords.record(record), another().scheduleRecords.record(record)]).toEqual([true, false])
  expect(catalog.scheduleRecords.list(plan.id, { limit: 10 })).toEqual([record])
  expect(catalog.scheduleRecords.lastDue(plan.id)).toBe(5)
})

test('a change by another process is noticed, one of our own is not', async () => {
  const { catalog, another } = testCatalog()
  const other = another()
  const abort = new AbortController()
  const changes = catalog.watchChanges(5, abort.signal)[Symbol.asyncIterator]()
  const first = changes.next()
  catalog.repositories.add(testRepository())
  expect(await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 60, 'nothing'))])).toBe('nothing')
  other.repositories.add(testRepository())
  expect(await first).toEqual({ done: false, value: undefined })
  const last = changes.next()
  abort.abort()
  expect(await last).toEqual({ done: true, value: undefined })
})

test('a catalog of a newer version is refused and left as it is', () => {
  const folder = testFolder()
  open(folder).close()
  const db = new BetterSqlite(join(folder, 'catalog.sqlite'))
  db.pragma('user_version = 99')
  db.close()
  expect(() => open(folder)).toThrow(expect.objectContaining({ code: 'catalog/newer' }))
})

test.each([
  ['overwritten in the middle', (path: string) => damage(path)],
  ['cut short', (path: string) => truncateSync(path, statSync(path).size - 8192)],
  ['not a database at all', (path: string) => writeFileSync(path, 'x'.repeat(10_000))],
])('a catalog that is %s is refused with a hint', (_what, harm) => {
  const folder = testFolder()
  open(folder).close()
  const path = join(folder, 'catalog.sqlite')
  harm(path)
  expect(() => open(folder)).toThrow(
    expect.objectContaining({ code: 'catalog/corrupt', hint: expect.stringContaining('rebuild') }),
  )
})

test('a foreign database is not migrated', () => {
  const folder = testFolder()
  const db = new BetterSqlite(join(folder, 'catalog.sqlite'))
  db.exec('CREATE TABLE theirs (x)')
  db.close()
  expect(() => open(folder)).toThrow(expect.objectContaining({ code: 'catalog/corrupt' }))
})

test('each migration keeps the rows of the step before it, and a copy of the file is made first', () => {
  for (const { version } of catalogKind.migrations.slice(0, -1)) {
    const folder = testFolder()
    const path = join(folder, 'catalog.sqlite')
    const repository = testRepository()
    const db = new BetterSqlite(path)
    for (const migration of catalogKind.migrations) if (migration.version <= version) migration.up(db)
    db.pragma(`user_version = ${version}`)
    db.pragma(`application_id = ${catalogKind.applicationId}`)
    db.prepare('INSERT INTO repository (id, added_at, address, value) VALUES (?, 1, ?, ?)').run(
      repository.id,
      repository.address,
      JSON.stringify(repository),
    )
    db.close()
    const catalog = open(folder)
    expect(catalog.repositories.list()).toEqual([repository])
    catalog.close()
    const copied = testFolder()
    copyFileSync(`${path}.v${version}`, join(copied, 'catalog.sqlite'))
    const restored = open(copied)
    expect(restored.repositories.list()).toEqual([repository])
    restored.close()
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([])
  }
})

test('closing takes the lock file of this process away', () => {
  const folder = testFolder()
  const catalog = open(folder)
  const lock = join(folder, 'instances', `${catalog.instances.id}.lock`)
  expect(existsSync(lock)).toBe(true)
  catalog.close()
  expect(existsSync(lock)).toBe(false)
})

function damage(path: string): void {
  const db = new BetterSqlite(path)
  const page = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'repository'").pluck().get()
  db.unsafeMode()
  db.pragma('writable_schema = ON')
  db.prepare('UPDATE sqlite_schema SET rootpage = 100000 WHERE rootpage = ?').run(page)
  db.close()
}
