import { createStore, type StoreApi } from 'zustand/vanilla'
import { type Failure, isAbort, toFailure } from './failure.ts'

/** One of the faces of a view (style I5). `failed` keeps nothing; a re-read that fails keeps the value it had. */
export type Query<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly failure: Failure }
  | { readonly state: 'ready'; readonly value: T; readonly failure?: Failure }

/** A list of the app that several views show, read once and again whenever the app says it changed. */
export interface Resource<T> {
  readonly store: StoreApi<Query<T>>
  /** Reads again. Overlapping calls join: the last one to start is the one that counts. */
  reload(): void
}

export function createResource<T>(read: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const store = createStore<Query<T>>(() => ({ state: 'loading' }))
  let running: AbortController | undefined
  const reload = () => {
    running?.abort()
    const abort = new AbortController()
    running = abort
    read(abort.signal).then(
      (value) => {
        if (!abort.signal.aborted) store.setState({ state: 'ready', value }, true)
      },
      (error: unknown) => {
        if (abort.signal.aborted || isAbort(error)) return
        store.setState((before) => afterFailure(before, toFailure(error)), true)
      },
    )
  }
  return { store, reload }
}

/** A view that already shows something keeps it and says that it may be old. */
export function afterFailure<T>(before: Query<T>, failure: Failure): Query<T> {
  return before.state === 'ready' ? { ...before, failure } : { state: 'failed', failure }
}
