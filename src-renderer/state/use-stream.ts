import { useEffect, useRef, useState } from 'react'
import type { Client } from '../../src-shared/contract/index.ts'
import { type Failure, toFailure } from './failure.ts'
import { followToEnd } from './follow.ts'
import { useApp } from './use-app.tsx'

export interface StreamOptions<T, State> {
  /** Names what is followed; another key starts over. `undefined` follows nothing. */
  readonly key: string | undefined
  readonly open: (client: Client, signal: AbortSignal) => Promise<AsyncIterable<T>>
  readonly initial: State
  readonly apply: (state: State, event: T) => State
}

export interface Streamed<State> {
  readonly state: State
  readonly ended: boolean
  readonly failure: Failure | undefined
}

/** Follows a finite stream of the contract for one view: a measurement, a log, a preview. */
export function useStream<T, State>(options: StreamOptions<T, State>): Streamed<State> {
  const { client } = useApp()
  const [streamed, setStreamed] = useState<Streamed<State> & { key: string | undefined }>({
    key: options.key,
    state: options.initial,
    ended: false,
    failure: undefined,
  })
  const latest = useRef(options)
  latest.current = options

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for everything that is followed
  useEffect(() => {
    const abort = new AbortController()
    const { key, initial } = latest.current
    setStreamed({ key, state: initial, ended: false, failure: undefined })
    if (key === undefined) return
    void followToEnd<T>({
      open: (signal) => {
        setStreamed((before) => ({ ...before, state: latest.current.initial }))
        return latest.current.open(client, signal)
      },
      onEvent: (event) => setStreamed((before) => ({ ...before, state: latest.current.apply(before.state, event) })),
      onRefused: (error) => setStreamed((before) => ({ ...before, failure: toFailure(error) })),
      signal: abort.signal,
    }).then(() => {
      if (!abort.signal.aborted) setStreamed((before) => ({ ...before, ended: true }))
    })
    return () => abort.abort()
  }, [client, options.key])

  return streamed.key === options.key ? streamed : { state: options.initial, ended: false, failure: undefined }
}
