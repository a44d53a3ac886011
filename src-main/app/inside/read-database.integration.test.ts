import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { databaseInside } from '../../../src-shared/model/file-inside.ts'
import { readDatabase } from './read-database.ts'
import { readDatabaseInThread } from './read-database-in-thread.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'look-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function database(sql: string): string {
  const path = join(folder, 'test.db')
  const db = new BetterSqlite(path)
  db.exec(sql)
  db.close()
  return path
}

/** What the contract lets pass. */
function read(path: string, table?: string) {
  return databaseInside.parse(readDatabase(path, table))
}

it('tables with their rows counted, and the first rows with every kind of value', () => {
  const path = database(`
    CREATE TABLE "odd ""name""" (id INTEGER PRIMARY KEY, big, text, data, none);
    INSERT INTO "odd ""name""" VALUES (1, 9223372036854775807, 'Grüße', x'00ff00', NULL), (2, 1.5, '${'x'.repeat(500)}', zeroblob(4000000), NULL);
    CREATE TABLE people (name TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250) INSERT INTO people SELECT 'p' || i FROM n;
    CREATE VIEW seen AS SELECT * FROM people;
  `)
  expect(read(path)).toEqual({
    state: 'read',
    tables: [
      { name: 'odd "name"', kind: 'table', rows: { count: 2, more: false } },
      { name: 'people', kind: 'table', rows: { count: 250, more: false } },
      { name: 'seen', kind: 'view' },
    ],
    moreTables: false,
    shown: {
      name: 'odd "name"',
      columns: ['id', 'big', 'text', 'data', 'none'],
      moreColumns: false,
      rows: [
        [
          { kind: 'number', text: '1', cut: false },
          { kind: 'number', text: '9223372036854775807', cut: false },
          { kind: 'text', text: 'Grüße', cut: false },
          { kind: 'blob', sizeBytes: 3 },
          { kind: 'null' },
        ],
        [
          { kind: 'number', text: '2', cut: false },
          { kind: 'number', text: '1.5', cut: false },
          { kind: 'text', text: 'x'.repeat(160), cut: true },
          { kind: 'blob', sizeBytes: 4_000_000 },
          { kind: 'null' },
        ],
      ],
      damaged: false,
    },
  })
  const people = read(path, 'people')
  expect(people.state === 'read' && people.shown?.rows.length).toBe(100)
})

it('nothing that the file says is run: no view, no computed column', () => {
  const path = database(`
    CREATE TABLE t (a, b GENERATED ALWAYS AS (hex(zeroblob(1000))) VIRTUAL);
    INSERT INTO t (a) VALUES (1);
    CREATE VIEW forever AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT * FROM n;
  `)
  const inside = read(path, 'forever')
  expect(inside).toMatchObject({ state: 'read', tables: [{ name: 't' }, { name: 'forever', kind: 'view' }] })
  expect(inside.state === 'read' && inside.shown).toBeUndefined()
  expect(read(path)).toMatchObject({ shown: { columns: ['a'], rows: [[{ text: '1' }]] } })
})

it('what is no database, cut short or damaged in any page says so and throws nothing', () => {
  const path = database(`
    CREATE TABLE t (a, b);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, hex(randomblob(20)) FROM n;
  `)
  const whole = readFileSync(path)
  const other = join(folder, 'other.db')
  writeFileSync(other, 'not a database at all, but longer than the header of one'.repeat(20))
  expect(read(other)).toEqual({ state: 'unreadable', reason: 'foreign' })
  writeFileSync(other, whole.subarray(0, 5000))
  const cut = read(other)
  expect(cut.state === 'unreadable' || cut.shown?.damaged || cut.tables[0]?.rows === undefined).toBe(true)
  for (let page = 0; page < whole.length / 4096; page++) {
    const damaged = Buffer.from(whole)
    damaged.fill(0xa5, page * 4096 + (page === 0 ? 100 : 0), (page + 1) * 4096)
    writeFileSync(other, damaged)
    const inside = read(other)
    const isSeen =
      inside.state === 'unreadable' ||
      inside.shown?.damaged === true ||
      inside.tables.some(({ rows }) => rows === undefined)
    expect(isSeen).toBe(true)
  }
})

it('pages that go around in circles are counted no further than allowed', () => {
  const path = database(`
    CREATE TABLE t (a);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) INSERT INTO t SELECT hex(zeroblob(20)) FROM n;
  `)
  const bytes = readFileSync(path)
  // Page 2 is the root of the only table: all its children become the first of them.
  const root = 4096
  expect(bytes[root]).toBe(5)
  const cells = bytes.readUInt16BE(root + 3)
  const first = bytes.readUInt32BE(root + bytes.readUInt16BE(root + 12))
  for (let at = 0; at < cells; at++) bytes.writeUInt32BE(first, root + bytes.readUInt16BE(root + 12 + at * 2))
  writeFileSync(path, bytes)
  expect(read(path)).toMatchObject({ state: 'read', shown: { rows: { length: 100 } } })
})

it('a thread answers the same, and one that takes too long is left alone', async () => {
  const path = database("CREATE TABLE t (a); INSERT INTO t VALUES ('x')")
  const signal = new AbortController().signal
  expect(await readDatabaseInThread({ path, table: undefined }, signal)).toEqual(readDatabase(path, undefined))
  expect(await readDatabaseInThread({ path, table: undefined }, signal, 0)).toEqual({
    state: 'unreadable',
    reason: 'too-slow',
  })
  const abort = new AbortController()
  const answer = readDatabaseInThread({ path, table: undefined }, abort.signal)
  abort.abort()
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' })
})

it('is given up at any moment of its start and its work without harm to the program', async () => {
  const path = database("CREATE TABLE t (a); INSERT INTO t VALUES ('x')")
  for (let ms = 0; ms < 120; ms += 4) {
    const enough = new AbortController()
    const answer = readDatabaseInThread({ path, table: undefined }, enough.signal).catch((error: unknown) => error)
    await delay(ms)
    enough.abort()
    await answer
  }
})
