import { useCallback, useEffect, useReducer, useRef, useState } from 'react'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { Difference } from '../../../src-shared/contract/snapshots.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { type Failure, toFailure } from '../../state/failure.ts'
import { useClient } from '../../state/use-app.tsx'

export type Point = { readonly kind: 'snapshot'; readonly id: SnapshotId } | { readonly kind: 'disk' }
type Totals = Awaited<ReturnType<Client['snapshots']['compare']>>['totals']

export interface Comparison {
  readonly from: SnapshotId
  readonly to: Point
  readonly includeIdentical: boolean
}

export interface Differences {
  readonly loaded: ReadonlyMap<string, readonly Difference[]>
  /** Of everything; `undefined` until it was read. */
  readonly totals: Totals | undefined
  readonly readAt: number | undefined
  readonly failure: Failure | undefined
  readonly reload: () => void
}

interface Read {
  readonly key: string
  readonly loaded: ReadonlyMap<string, readonly Difference[]>
  readonly totals: Totals | undefined
  readonly readAt: number | undefined
}

const EMPTY = { loaded: new Map(), totals: undefined, readAt: undefined } as const

/** What differs, folder by folder, as they are expanded. Reads one folder at a time. */
export function useDifferences(comparison: Comparison, expanded: ReadonlySet<string>): Differences {
  const client = useClient()
  const [turn, again] = useReducer((before: number) => before + 1, 0)
  const key = t('compare.total', { n: JSON.stringify(comparison), what: turn })
  const [read, setRead] = useState<Read>({ key, ...EMPTY })
  const [failed, setFailed] = useState<{ readonly key: string; readonly failure: Failure }>()
  const current = read.key === key ? read : { key, ...EMPTY }
  const latest = useRef(current)
  latest.current = current
  const wanted = ['', ...expanded].join('\n')

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the comparison
  useEffect(() => {
    const abort = new AbortController()
    const readAll = async () => {
      for (const path of wanted.split('\n')) {
        if (latest.current.loaded.has(path)) continue
        const { differences, totals } = await client.snapshots.compare(
          { ...comparison, path },
          { signal: abort.signal },
        )
        if (abort.signal.aborted) return
        setRead((before) => {
          const base = before.key === key ? before : { key, ...EMPTY }
          const loaded = new Map(base.loaded).set(path, differences)
          return path === '' ? { key, loaded, totals, readAt: Date.now() } : { ...base, loaded }
        })
      }
    }
    readAll().catch((error: unknown) => {
      if (!abort.signal.aborted) setFailed({ key, failure: toFailure(error) })
    })
    return () => abort.abort()
  }, [client, key, wanted])

  const reload = useCallback(() => again(), [])
  return { ...current, failure: failed?.key === key ? failed.failure : undefined, reload }
}
