import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BOX, curvesOf, MIB, pointNear } from './throughput-curves.ts'

it('draws from edge to edge, with room to the next plain number above', () => {
  const points = [
    { at: 1000, read: 0, stored: 0 },
    { at: 1500, read: 173 * MIB, stored: 10 * MIB },
    { at: 2000, read: 260 * MIB, stored: 0 },
  ]
  const { read, stored, top, speeds } = curvesOf(points)
  expect(top).toBe(300 * MIB)
  expect(speeds.map(({ mib }) => mib)).toEqual([0, 100, 200, 300])
  expect(read.line).toBe('M0,100L500,42.3L1000,13.3')
  expect(stored.area).toBe('M0,100L500,96.7L1000,100L1000,100L500,100L0,100Z')
  expect(pointNear(points, 1600)).toBe(1)
})

it('stays in its box, whatever the speeds are', () => {
  const point = fc.record({ read: fc.nat(2 ** 31), stored: fc.nat(2 ** 31), step: fc.integer({ min: 1, max: 9000 }) })
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 300 }), fc.nat(3_000_000), (all, at) => {
      const points = all.map(({ step, ...speeds }, index) => ({ ...speeds, at: index * 9000 + step }))
      const { read, stored, top, speeds } = curvesOf(points)
      for (const [, x, y] of `${read.line}${stored.line}`.matchAll(/[ML]([\d.]+),([\d.]+)/g)) {
        expect(Number(x)).toBeGreaterThanOrEqual(0)
        expect(Number(x)).toBeLessThanOrEqual(BOX.width)
        expect(Number(y)).toBeLessThanOrEqual(BOX.height)
      }
      const most = Math.max(...points.flatMap((one) => [one.read, one.stored]), MIB)
      expect(top).toBeGreaterThanOrEqual(most)
      expect(top).toBeLessThanOrEqual(2 * most)
      expect(speeds.length).toBeLessThanOrEqual(6)
      expect(speeds.at(-1)?.mib).toBe(top / MIB)
      const nearest = Math.min(...points.map((point) => Math.abs(point.at - at)))
      expect(Math.abs((points[pointNear(points, at)]?.at ?? 0) - at)).toBe(nearest)
    }),
  )
})
