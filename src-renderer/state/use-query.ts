import { useCallback, useEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import type { ChangedArea } from '../../src-shared/contract/app.ts'
import type { Client } from '../../src-shared/contract/index.ts'
import { isAbort, toFailure } from './failure.ts'
import { afterFailure, type Query } from './resource.ts'
import { useApp } from './use-app.tsx'

export interface QueryOptions {
  /** Reads again when the app says that one of these changed. */
  readonly areas?: readonly ChangedArea[]
  /** Nothing is read while this is false. */
  readonly enabled?: boolean
  /** Keeps showing the former value while another key is being read: for filters and sliders. */
  readonly keep?: boolean
}

export type LiveQuery<T> = Query<T> & { readonly reload: () => void; readonly reading: boolean }

/**
 * Reads something of the contract for one view. `key` names what is read; when it changes the old answer is dropped
 * (unless `keep`), and an answer that comes late is ignored.
 */
export function useQuery<T>(
  key: readonly (string | number | boolean | undefined)[],
  read: (client: Client, signal: AbortSignal) => Promise<T>,
  { areas = [], enabled = true, keep = false }: QueryOptions = {},
): LiveQuery<T> {
  const { client, versions } = useApp()
  const version = useStore(versions, (state) => areas.reduce((sum, area) => sum + state[area], 0))
  const id = JSON.stringify(key)
  const [answer, setAnswer] = useState<{ id: string; query: Query<T> }>({ id, query: { state: 'loading' } })
  const [reading, setReading] = useState(enabled)
  const [turn, setTurn] = useState(0)
  const latest = useRef(read)
  latest.current = read

  // biome-ignore lint/correctness/useExhaustiveDependencies: version and turn are there to read again
  useEffect(() => {
    if (!enabled) return
    const abort = new AbortController()
    setReading(true)
    latest
      .current(client, abort.signal)
      .then(
        (value) => {
          if (!abort.signal.aborted) setAnswer({ id, query: { state: 'ready', value } })
        },
        (error: unknown) => {
          if (abort.signal.aborted || isAbort(error)) return
          const failure = toFailure(error)
          setAnswer((before) => ({
            id,
            query: before.id === id ? afterFailure(before.query, failure) : { state: 'failed', failure },
          }))
        },
      )
      .finally(() => {
        if (!abort.signal.aborted) setReading(false)
      })
    return () => abort.abort()
  }, [client, id, version, turn, enabled])

  const reload = useCallback(() => setTurn((before) => before + 1), [])
  const query: Query<T> =
    answer.id === id || (keep && answer.query.state === 'ready') ? answer.query : { state: 'loading' }
  return { ...query, reload, reading }
}
