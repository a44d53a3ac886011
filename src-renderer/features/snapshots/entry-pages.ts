import type { Entry } from '../../../src-shared/model/entry.ts'

export const PAGE = 200
/** Pages kept; beyond them the ones that were not looked at longest go. 40 pages are 8,000 rows. */
const MOST_PAGES = 40
const MOST_AT_ONCE = 2

export interface FolderPage {
  readonly entries: readonly Entry[]
  readonly total: number
  readonly deleted: number
}

export type ReadPage = (offset: number, limit: number, signal: AbortSignal) => Promise<FolderPage>

/** The rows of one folder at one point in time, read page by page as they come into view. */
export interface EntryPages {
  /** `undefined` until the first page is there. */
  totals(): { readonly total: number; readonly deleted: number } | undefined
  entry(index: number): Entry | undefined
  /** The rows in view; reads what is missing, the newest wish first, and drops what nobody waits for any more. */
  want(from: number, to: number): void
  /** All rows of a range, read where they are missing. */
  range(from: number, to: number): Promise<readonly Entry[]>
  /** Index of a path among the rows that are here. */
  indexOf(path: string): number | undefined
  close(): void
}

export function createEntryPages(
  read: ReadPage,
  events: { onChange(): void; onFailure(error: unknown): void },
): EntryPages {
  const closing = new AbortController()
  const pages = new Map<number, readonly Entry[]>()
  const running = new Map<number, Promise<void>>()
  let wanted: readonly number[] = [0]
  let totals: { readonly total: number; readonly deleted: number } | undefined

  const load = (page: number): Promise<void> => {
    const under = running.get(page)
    if (under !== undefined) return under
    const promise = read(page * PAGE, PAGE, closing.signal)
      .then(({ entries, total, deleted }) => {
        if (closing.signal.aborted) return
        totals = { total, deleted }
        pages.set(page, entries)
        for (const old of pages.keys()) {
          if (pages.size <= MOST_PAGES) break
          if (!wanted.includes(old)) pages.delete(old)
        }
        events.onChange()
      })
      .finally(() => running.delete(page))
    running.set(page, promise)
    return promise
  }
  const fill = () => {
    if (closing.signal.aborted) return
    for (const page of wanted) {
      if (running.size >= MOST_AT_ONCE) return
      if (pages.has(page) || running.has(page)) continue
      if (totals !== undefined && page > 0 && page * PAGE >= totals.total) continue
      load(page).then(fill, (error: unknown) => {
        if (closing.signal.aborted) return
        // Not asked for again until it comes into view again, or the view is read anew.
        wanted = wanted.filter((other) => other !== page)
        events.onFailure(error)
        fill()
      })
    }
  }
  fill()

  return {
    totals: () => totals,
    entry: (index) => pages.get(Math.floor(index / PAGE))?.[index % PAGE],
    want: (from, to) => {
      const first = Math.max(0, Math.floor(from / PAGE))
      const last = Math.floor(Math.max(from, to - 1) / PAGE)
      wanted = Array.from({ length: last - first + 1 }, (_, at) => first + at)
      for (const page of wanted) {
        const entries = pages.get(page)
        if (entries === undefined) continue
        // Moved to the end of the map: the front is what was not looked at longest.
        pages.delete(page)
        pages.set(page, entries)
      }
      fill()
    },
    range: async (from, to) => {
      const rows: Entry[] = []
      const last = Math.floor((to - 1) / PAGE)
      for (let page = Math.floor(from / PAGE); page <= last; page++) {
        const here = pages.get(page)
        if (here === undefined) await load(page)
        rows.push(...(here ?? pages.get(page) ?? []).slice(Math.max(0, from - page * PAGE), to - page * PAGE))
      }
      return rows
    },
    indexOf: (path) => {
      for (const [page, entries] of pages) {
        const at = entries.findIndex((entry) => entry.path === path)
        if (at !== -1) return page * PAGE + at
      }
      return undefined
    },
    close: () => closing.abort(),
  }
}
