import { expect, test } from 'vitest'
import { filterFrom, filterQuery, isFiltered } from './search-filter.ts'

const now = Date.UTC(2026, 10, 20, 14, 6)

test('the address holds the filters, and nonsense in it counts as any', () => {
  const filter = filterFrom(new URLSearchParams('q=grant&kind=file&size=large&time=week&deleted=only&source=x&in=y'))
  expect(filter).toEqual({
    text: 'grant',
    lineageId: 'x',
    snapshotId: 'y',
    kind: 'file',
    size: 'large',
    time: 'week',
    deleted: 'only',
  })
  expect(isFiltered(filter)).toBe(true)
  const nonsense = filterFrom(new URLSearchParams('kind=planet&size=-1'))
  expect(nonsense).toMatchObject({ text: '', kind: 'any', size: 'any' })
  expect(isFiltered(nonsense)).toBe(false)
})

test('the question has only what was asked, and stays the same all day', () => {
  const plain = filterFrom(new URLSearchParams('q=%20grant%20'))
  expect(filterQuery(plain, now)).toEqual({ text: 'grant', deleted: 'any' })
  const filter = filterFrom(new URLSearchParams('q=a&kind=file&size=medium&time=week'))
  expect(filterQuery(filter, now)).toEqual({
    text: 'a',
    deleted: 'any',
    kinds: ['file', 'hardlink'],
    minBytes: 102_400,
    maxBytes: 10_485_760,
    after: Date.UTC(2026, 10, 13),
  })
  expect(filterQuery(filter, now + 60_000)).toEqual(filterQuery(filter, now))
})
