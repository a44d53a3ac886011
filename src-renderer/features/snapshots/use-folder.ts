import { useCallback, useEffect, useReducer, useState } from 'react'
import { useStore } from 'zustand'
import type { SortOrder } from '../../../src-shared/contract/snapshots.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { type Failure, isAbort, toFailure } from '../../state/failure.ts'
import { useApp } from '../../state/use-app.tsx'
import { createEntryPages, type EntryPages } from './entry-pages.ts'

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
}

/** The rows of one folder at one time. Moving in time keeps the rows on screen until the new ones are there. */
export function useFolder(query: FolderQuery): Folder {
  const { client, versions } = useApp()
  const version = useStore(versions, (state) => state.snapshots)
  const [turn, reload] = useReducer((before: number) => before + 1, 0)
  const [, redraw] = useReducer((before: number) => before + 1, 0)
  const [shown, setShown] = useState<{ key: string; query: FolderQuery; pages: EntryPages }>()
  const [failed, setFailed] = useState<{ key: string; failure: Failure }>()
  const { id, path, showDeleted, filter, order } = query
  const key = JSON.stringify([id, path, showDeleted, filter, order.by, order.descending])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the query; version and turn read again
  useEffect(() => {
    setFailed(undefined)
    const pages = createEntryPages(
      (offset, limit, signal) =>
        client.snapshots.browse(
          { id, path, showDeleted, order, offset, limit, ...(filter === '' ? {} : { filter }) },
          { signal },
        ),
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

  const again = useCallback(() => reload(), [])
  // By what is asked, not by the object that asks: the same question asked anew is not read again.
  const isStale = shown?.key !== key
  return {
    pages: shown?.pages,
    shown: shown?.query,
    isStale,
    failure: failed?.key === key ? failed.failure : undefined,
    reload: again,
  }
}
