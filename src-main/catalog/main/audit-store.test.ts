import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { testCatalog } from './catalog-testing.ts'

function filled() {
  const { catalog, folder } = testCatalog()
  for (let at = 1; at <= 5; at++) {
    catalog.audit.append({ at, actor: 'window', action: 'snapshots.forget', detail: `{"n":${at}}` })
  }
  /** As somebody would who has the file. */
  const tamper = (sql: string) => {
    const db = new BetterSqlite(join(folder, 'catalog.sqlite'))
    db.exec(sql)
    db.close()
  }
  return { audit: catalog.audit, tamper }
}

test('an untouched log is intact and says what to write down', () => {
  const { audit } = filled()
  const verdict = audit.verify()
  expect(verdict).toMatchObject({ state: 'intact', records: 5 })
  expect(verdict.state === 'intact' && audit.verify(verdict.head).state).toBe('intact')
  expect(audit.list({ limit: 2 }).map(({ id }) => id)).toEqual([5, 4])
})

test.each([
  ['a changed record', "UPDATE audit SET detail = '{}' WHERE id = 3", 3],
  ['a changed time', 'UPDATE audit SET at = 9 WHERE id = 1', 1],
  ['a removed record', 'DELETE FROM audit WHERE id = 2', 3],
  ['a record with a hash made for it alone', `UPDATE audit SET hash = '${'a'.repeat(64)}' WHERE id = 4`, 4],
])('%s shows', (_what, sql, at) => {
  const { audit, tamper } = filled()
  tamper(sql)
  expect(audit.verify()).toMatchObject({ state: 'broken', at })
})

test('a log cut short shows against the hash that was written down', () => {
  const { audit, tamper } = filled()
  const verdict = audit.verify()
  tamper('DELETE FROM audit WHERE id = 5')
  expect(audit.verify().state).toBe('intact')
  expect(verdict.state === 'intact' && audit.verify(verdict.head).state).toBe('broken')
})
