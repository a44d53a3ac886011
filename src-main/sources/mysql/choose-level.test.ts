import { describe, expect, test } from 'vitest'
import type { IncrementalPolicy, MysqlFacts } from '../../../src-shared/model/mysql-source.ts'
import type { FactsOfSnapshot } from './chain-link.ts'
import { chooseBase } from './choose-level.ts'

const day = 86_400
/** 1970-01-04, a Sunday, at noon. */
const sunday = 3.5 * day

function snapshot(
  time: number,
  toLsn: number,
  base?: FactsOfSnapshot,
  more: Partial<MysqlFacts> = {},
): FactsOfSnapshot {
  const facts: MysqlFacts = {
    ...{ format: 1, toolVersion: '1', isPartial: false, only: [], packings: [], databases: [] },
    server: { version: '10.11.19-MariaDB', family: 'mariadb', uid: 'a' },
    level: base === undefined ? 'full' : 'incremental',
    fromLsn: base?.facts.toLsn ?? '0',
    toLsn: String(toLsn),
    lastLsn: String(toLsn),
    ...(base !== undefined && { base: { time: base.time } }),
    ...more,
  }
  return { time, facts }
}

function choose(
  policy: IncrementalPolicy,
  snapshots: readonly FactsOfSnapshot[],
  now: number,
  databases: string[] = [],
) {
  const dayOf = (time: number) => ({ date: String(Math.floor(time / day)), weekday: (Math.floor(time / day) + 4) % 7 })
  return chooseBase({ policy, snapshots, now, dayOf, databases })?.time
}

const full = snapshot(sunday, 100)
const one = snapshot(sunday + day, 200, full)
const two = snapshot(sunday + 2 * day, 300, one)

describe('what the next run builds on', () => {
  test('nothing, without a policy or without a backup', () => {
    expect(choose({ kind: 'never' }, [full], sunday + day)).toBeUndefined()
    expect(choose({ kind: 'fullEvery', runs: 5 }, [], sunday)).toBeUndefined()
  })

  test('a full every so many runs', () => {
    const policy = { kind: 'fullEvery', runs: 3 } as const
    expect(choose(policy, [full], sunday + day)).toBe(full.time)
    expect(choose(policy, [one, full], sunday + day)).toBe(one.time)
    expect(choose(policy, [full, two, one], sunday + day)).toBeUndefined()
  })

  test('a full on a day of the week, once; and late rather than never', () => {
    const policy = { kind: 'weekly', weekday: 0 } as const
    expect(choose(policy, [full], sunday + 3600)).toBe(full.time)
    expect(choose(policy, [full, one, two], sunday + 3 * day)).toBe(two.time)
    expect(choose(policy, [full, one, two], sunday + 7 * day)).toBeUndefined()
    const monday = snapshot(sunday + day, 100)
    expect(choose(policy, [monday], sunday + 7 * day)).toBeUndefined()
    expect(choose({ kind: 'weekly', weekday: 3 }, [monday], sunday + 9 * day)).toBeUndefined()
  })

  test('a full after a chain that is broken, packed, or of other databases', () => {
    const policy = { kind: 'fullEvery', runs: 9 } as const
    expect(choose(policy, [full, two], sunday + 3 * day)).toBeUndefined()
    expect(
      choose(policy, [full, snapshot(sunday + day, 200, full, { fromLsn: '101' })], sunday + 3 * day),
    ).toBeUndefined()
    expect(choose(policy, [snapshot(sunday, 1, undefined, { packings: ['zstd'] })], sunday + day)).toBeUndefined()
    expect(choose(policy, [full], sunday + day, ['shop'])).toBeUndefined()
  })
})
