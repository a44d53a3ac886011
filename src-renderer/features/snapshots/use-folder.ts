import { useCallback, useEffect, useReducer, useRef, useState } from 'react'
import { useStore } from 'zustand'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { SortOrder } from '../../../src-shared/contract/snapshots.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { type Failure, isAbort, toFailure } from '../../state/failure.ts'
import { useApp } from '../../state/use-app.tsx'
import { createEntryPages, type EntryPages, type FolderPage, PAGE, type ReadPage } from './entry-pages.ts'

export interface FolderQuery {
  readonly id: SnapshotId
  readonly path: string
  readonly showDeleted: boolean
  readonly filter: string
  readonly order: SortOrder
}

export interface Folder {
  /** Rows to show: those of the query, or of the one before it until the first page is here. */
  readonly pages: EntryPages | undefined
  /** What `pages` belongs to. */
  readonly shown: FolderQuery | undefined
  readonly isStale: boolean
  readonly failure: Failure | undefined
  readonly reload: () => void
  /** Asks for the first page of another folder already, which is probably opened next. Only the last one is kept. */
  readonly prepare: (path: string) => void
}

/** A first page that was asked for before anybody shows it. */
interface EarlyPage {
  readonly key: string
  readonly page: Promise<FolderPage>
  readonly abort: AbortController
}

/** The rows of one folder at one time. Moving in time keeps the rows on screen until the new ones are there. */
export function useFolder(query: FolderQuery): Folder {
  const { client, versions } = useApp()
  const version = useStore(versions, (state) => state.snapshots)
  const [turn, reload] = useReducer((before: number) => before + 1, 0)
  const [, redraw] = useReducer((before: number) => before + 1, 0)
  const [shown, setShown] = useState<{ key: string; query: FolderQuery; pages: EntryPages }>()
  const [failed, setFailed] = useState<{ key: string; failure: Failure }>()
  const key = keyOf(query)
  const early = useRef<EarlyPage>(undefined)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the query; version and turn read again
  useEffect(() => {
    setFailed(undefined)
    const read = readerOf(client, query)
    const pages = createEntryPages(
      (offset, limit, signal) => {
        const prepared = offset === 0 ? early.current : undefined
        if (prepared?.key !== `${version} ${turn} ${key}`) return read(offset, limit, signal)
        early.current = undefined
        signal.addEventListener('abort', () => prepared.abort.abort(), { once: true })
        return prepared.page
      },
      {
        onChange: () => {
          setShown((before) => (before?.pages === pages ? before : { key, query, pages }))
          redraw()
        },
        onFailure: (error) => {
          if (!isAbort(error)) setFailed({ key, failure: toFailure(error) })
        },
      },
    )
    return () => pages.close()
  }, [client, key, version, turn])

  const prepare = (path: string) => {
    const next: FolderQuery = { ...query, path, filter: '' }
    const earlyKey = `${version} ${turn} ${keyOf(next)}`
    if (earlyKey === early.current?.key || keyOf(next) === key) return
    early.current?.abort.abort()
    const abort = new AbortController()
    const page = readerOf(client, next)(0, PAGE, abort.signal)
    page.catch(() => {}) // heard by whoever opens the folder
    early.current = { key: earlyKey, page, abort }
  }
  const again = useCallback(() => reload(), [])
  // By what is asked, not by the object that asks: the same question asked anew is not read again.
  const isStale = shown?.key !== key
  return {
    pages: shown?.pages,
    shown: shown?.query,
    isStale,
    failure: failed?.key === key ? failed.failure : undefined,
    reload: again,
    prepare,
  }
}

function keyOf({ id, path, showDeleted, filter, order }: FolderQuery): string {
  return JSON.stringify([id, path, showDeleted, filter, order.by, order.descending])
}

function readerOf(client: Client, { id, path, showDeleted, filter, order }: FolderQuery): ReadPage {
  const query = { id, path, showDeleted, order, ...(filter === '' ? {} : { filter }) }
  return (offset, limit, signal) => client.snapshots.browse({ ...query, offset, limit }, { signal })
}
