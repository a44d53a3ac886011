import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProtocolError } from '../../../src-shared/errors.ts'
import type { NodeKind } from '../node-kind.ts'
import { readStat, readStatV1, type Stat, statBytes, writeStat } from './stat.ts'

const plain = { permissions: 0o644, flags: 0n, uid: 0, gid: 0, mtimeNs: 0n }

const write = (kind: NodeKind, stat: Omit<Stat, 'kind'>): DataView => {
  const view = new DataView(new ArrayBuffer(statBytes + 2))
  writeStat(view, 2, kind, stat)
  return view
}

const kinds: NodeKind[] = ['directory', 'file', 'symlink', 'block-device', 'char-device', 'fifo', 'socket']

test('every stat comes back, times before 1970 too', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds),
      fc.record({
        permissions: fc.nat(0o7777),
        flags: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        uid: fc.nat(0xffffffff),
        gid: fc.nat(0xffffffff),
        mtimeNs: fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
      }),
      (kind, stat) => {
        expect(readStat(write(kind, stat), 2, 0)).toEqual({ kind, ...stat })
      },
    ),
  )
})

test('nanoseconds are added to the seconds, also to negative ones', () => {
  const view = write('file', { ...plain, mtimeNs: -1n })
  expect([view.getBigInt64(2 + 24, true), view.getUint32(2 + 32, true)]).toEqual([-1n, 999_999_999])
  const whole = write('file', { ...plain, mtimeNs: -2_000_000_000n })
  expect([whole.getBigInt64(2 + 24, true), whole.getUint32(2 + 32, true)]).toEqual([-2n, 0])
})

test('the mode is that of st_mode', () => {
  const modes = kinds.map((kind) => write(kind, plain).getUint32(2, true).toString(8))
  expect(modes).toEqual(['40644', '100644', '120644', '60644', '20644', '10644', '140644'])
})

test.each<[string, number, number]>([
  ['no type', 1, 0],
  ['a type that does not exist', 1, 0x30],
  ['bits above the type', 2, 1],
  ['bits in the high half of the mode', 7, 1],
  ['too many nanoseconds', 35, 0x40],
  ['something where zero belongs', 36, 1],
])('a stat with %s is refused', (_, at, value) => {
  const view = write('file', plain)
  view.setUint8(2 + at, value)
  expect(() => readStat(view, 2, 1000)).toThrow(ProtocolError)
})

test('the first version has its time in nanoseconds', () => {
  const view = write('fifo', { ...plain, uid: 7, gid: 8, flags: 9n })
  view.setBigUint64(2 + 24, 1_500_000_000_123_456_789n, true)
  expect(readStatV1(view, 2, 0)).toEqual({
    ...plain,
    kind: 'fifo',
    uid: 7,
    gid: 8,
    flags: 9n,
    mtimeNs: 1_500_000_000_123_456_789n,
  })
})
