import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLayout } from './payload-layout.ts'
import { type PayloadLayout, ReusePlanner } from './reuse-planner.ts'

interface Item {
  readonly offset: number
  readonly length: number
}

function layout(sizes: readonly number[], identities = sizes.map((_, i) => i)): PayloadLayout {
  let end = 0
  return createLayout(
    Float64Array.from(sizes, (size) => (end += size)),
    Uint32Array.from(identities),
  )
}

/** Runs files through the planner as the writer does; a kept item is offered, a changed one is written anew. */
function run(old: PayloadLayout, items: readonly (Item & { readonly isKept: boolean })[]) {
  const planner = new ReusePlanner(old)
  const stream: (number | 'data')[] = []
  const offsets: (number | undefined)[] = []
  let end = 0
  for (const { offset, length, isKept } of items) {
    const plan = isKept ? planner.plan(offset, length, end === 0 && old.find(offset) !== 0 ? 16 : end) : undefined
    if (plan === undefined) {
      planner.newData(length)
      if (end === 0) end = 16
      if (stream.at(-1) !== 'data') stream.push('data')
      offsets.push(undefined)
      end += length
      continue
    }
    if (end === 0 && plan.from !== 0) end = 16
    planner.accept(plan, offset, length)
    for (let position = plan.from; position < plan.to; position++) {
      stream.push(position)
      end += old.start(position + 1) - old.start(position)
    }
    offsets.push(plan.offset)
  }
  return { stream, offsets, end }
}

function filesOf(count: number, length: number): Item[] {
  return Array.from({ length: count }, (_, i) => ({ offset: 16 + i * length, length }))
}

const equalChunks = (count: number) => layout(Array.from({ length: count }, () => 1000))

test('an unchanged archive is taken over chunk by chunk, each once, at the old offsets', () => {
  const items = filesOf(99, 100).map((item) => ({ ...item, isKept: true }))
  const { stream, offsets } = run(equalChunks(10), items)
  expect(stream).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(offsets).toEqual(items.map(({ offset }) => offset))
})

test('around one changed file the chunk it lies in is carried twice, nothing else is written', () => {
  const items = filesOf(99, 100).map((item, i) => ({ ...item, isKept: i !== 44 }))
  const { stream, offsets } = run(equalChunks(10), items)
  expect(stream).toEqual([0, 1, 2, 3, 4, 'data', 4, 5, 6, 7, 8, 9])
  expect(offsets[45]).toBe(16 + 4500 + 100 + 1000)
})

test('a changed file at the head of a chunk does not make its neighbours be read again', () => {
  // 2 chunks are wanted beyond what changed: 300 of 20 000 bytes are padding.
  const items = filesOf(199, 100).map((item, i) => ({ ...item, isKept: i < 50 || i > 52 }))
  const { offsets } = run(equalChunks(20), items)
  expect(offsets.filter((offset) => offset === undefined)).toHaveLength(3)
})

test('a single kept file in a chunk of changed ones is read again', () => {
  const items = filesOf(99, 100).map((item, i) => ({ ...item, isKept: i % 9 === 5 }))
  const { stream } = run(equalChunks(10), items)
  expect(stream.filter((what) => what !== 'data').length).toBeLessThanOrEqual(2)
})

test('chunks between kept files that hold only removed files are left out', () => {
  const files = filesOf(99, 100)
  const items = [...files.slice(0, 20), ...files.slice(70)].map((item) => ({ ...item, isKept: true }))
  const planner = run(equalChunks(10), items)
  expect(planner.stream).toEqual([0, 1, 2, 7, 8, 9])
})

test('a file that moved backwards in the archive is read again: references must increase', () => {
  const [a, b, c] = filesOf(3, 100)
  const { offsets } = run(equalChunks(1), [
    { ...b!, isKept: true },
    { ...a!, isKept: true },
    { ...c!, isKept: true },
  ])
  expect(offsets.map((offset) => offset !== undefined)).toEqual([true, false, true])
})

test('a chunk that is gone is not planned again, also where it occurs a second time', () => {
  const planner = new ReusePlanner(layout([1000, 1000, 1000], [0, 1, 0]))
  planner.forbid(0)
  expect(planner.plan(100, 50, 0)).toBeUndefined()
  expect(planner.plan(2100, 50, 0)).toBeUndefined()
  expect(planner.plan(1100, 50, 0)).toBeDefined()
})

test('a reference beyond the end of the old stream is not believed', () => {
  expect(new ReusePlanner(equalChunks(2)).plan(1990, 50, 0)).toBeUndefined()
})

test('every taken over file lies where its chunks were injected, offsets increase, and waste is bounded', () => {
  const archive = fc
    .tuple(
      fc.array(fc.record({ length: fc.integer({ min: 16, max: 3000 }), isKept: fc.boolean() }), { minLength: 1 }),
      fc.array(fc.integer({ min: 100, max: 2000 }), { minLength: 1 }),
    )
    .map(([files, sizes]) => {
      let offset = 16
      const items = files.map((file) => {
        const item = { ...file, offset }
        offset += file.length
        return item
      })
      const chunks: number[] = []
      let covered = 0
      while (covered < offset + 16) {
        const size = Math.min(sizes[chunks.length % sizes.length]!, offset + 16 - covered)
        chunks.push(size)
        covered += size
      }
      return { items, chunks }
    })
  fc.assert(
    fc.property(archive, ({ items, chunks }) => {
      const old = layout(chunks)
      const { stream, offsets } = run(old, items)
      // What the new stream holds, as pieces of the old one or new data, by replaying what was written.
      const placed = new Map<number, number>()
      let previous = 0
      for (const offset of offsets) {
        if (offset === undefined) continue
        expect(offset).toBeGreaterThan(previous)
        previous = offset
      }
      for (const position of stream) {
        if (position !== 'data') placed.set(position, old.start(position + 1) - old.start(position))
      }
      const distinct = [...placed.values()].reduce((sum, size) => sum + size, 0)
      const wanted = items.reduce((sum, item, i) => sum + (offsets[i] === undefined ? 0 : item.length), 0)
      const total = chunks.reduce((sum, size) => sum + size, 0)
      const largest = Math.max(...chunks)
      expect(distinct - wanted).toBeLessThanOrEqual(total * 0.1 + distinct * 0.1 + 2 * largest + 32)
    }),
  )
})
