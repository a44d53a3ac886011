import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Entry } from '../../../src-shared/model/entry.ts'
import { createEntryPages, PAGE } from './entry-pages.ts'

const TOTAL = 100_000

function row(index: number): Entry {
  const name = `file ${index}`
  return { path: `a/${name}`, name, kind: 'file', sizeBytes: index, modifiedAt: 0, permissions: 0, uid: 0, gid: 0 }
}

function open() {
  const asked: number[] = []
  const failures: unknown[] = []
  let under = 0
  let mostUnder = 0
  const pages = createEntryPages(
    async (offset, limit) => {
      asked.push(offset / PAGE)
      mostUnder = Math.max(mostUnder, ++under)
      await new Promise((resolve) => setTimeout(resolve, 1))
      under--
      if (offset === 7 * PAGE) throw new Error('unreadable')
      const length = Math.max(0, Math.min(limit, TOTAL - offset))
      return { entries: Array.from({ length }, (_, at) => row(offset + at)), total: TOTAL, deleted: 3 }
    },
    { onChange: () => {}, onFailure: (error) => failures.push(error) },
  )
  return { pages, asked, failures, mostUnder: () => mostUnder }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const settle = () => vi.runAllTimersAsync()

test('the first page tells the size; rows come as they are wanted', async () => {
  const { pages, asked } = open()
  await settle()
  expect(pages.totals()).toEqual({ total: TOTAL, deleted: 3 })
  expect(pages.entry(5)?.name).toBe('file 5')
  expect(pages.entry(90_000)).toBeUndefined()
  pages.want(89_990, 90_020)
  await settle()
  expect(pages.entry(90_000)?.name).toBe('file 90000')
  expect(asked).toEqual([0, 449, 450])
})

test('scrolling through everything asks for few pages at once and skips what is out of view again', async () => {
  const { pages, asked, mostUnder } = open()
  await settle()
  for (let from = 0; from < TOTAL; from += 500) pages.want(from, from + 30)
  await settle()
  expect(mostUnder()).toBeLessThanOrEqual(2)
  expect(asked.length).toBeLessThan(8)
  expect(pages.entry(99_500)?.name).toBe('file 99500')
})

test('a range is whole, across pages that were not there', async () => {
  const { pages } = open()
  const range = pages.range(150, 650)
  await settle()
  const rows = await range
  expect(rows.map((entry) => entry.sizeBytes)).toEqual(Array.from({ length: 500 }, (_, at) => 150 + at))
  expect(pages.indexOf('a/file 649')).toBe(649)
})

test('a page that cannot be read is told once, not asked for without end', async () => {
  const { pages, asked, failures } = open()
  await settle()
  pages.want(7 * PAGE, 7 * PAGE + 10)
  await settle()
  expect(failures).toHaveLength(1)
  expect(asked.filter((page) => page === 7)).toHaveLength(1)
})

test('after closing nothing is asked for any more', async () => {
  const { pages, asked } = open()
  pages.close()
  pages.want(5000, 5010)
  await settle()
  expect(asked.filter((page) => page > 25)).toEqual([])
})
