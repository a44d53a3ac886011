import { createContext, type ReactNode, use } from 'react'
import { useStore } from 'zustand'
import type { Client } from '../../src-shared/contract/index.ts'
import type { AppState } from './app-state.ts'
import type { ConnectionStatus } from './connection.ts'
import type { JobsState } from './jobs.ts'
import type { Query, Resource } from './resource.ts'

const AppContext = createContext<AppState | undefined>(undefined)

export function AppProvider({ app, children }: { readonly app: AppState; readonly children: ReactNode }) {
  return <AppContext value={app}>{children}</AppContext>
}

export function useApp(): AppState {
  const app = use(AppContext)
  if (app === undefined) throw new Error('useApp outside of AppProvider')
  return app
}

export function useClient(): Client {
  return useApp().client
}

type Shared = { [K in keyof AppState]: AppState[K] extends Resource<infer T> ? T : never }
type SharedName = { [K in keyof AppState]: AppState[K] extends Resource<unknown> ? K : never }[keyof AppState]

/** A list of the app, always current: `useShared('plans')`. */
export function useShared<Name extends SharedName>(name: Name): Query<Shared[Name]> {
  const resource = useApp()[name] as Resource<Shared[Name]> // the mapped type above says what each name holds
  return useStore(resource.store)
}

/** The value of a shared list, or a stand-in until it is there; for places that may simply show less meanwhile. */
export function useSharedValue<Name extends SharedName>(name: Name): Shared[Name] | undefined {
  const query = useShared(name)
  return query.state === 'ready' ? query.value : undefined
}

export function useJobs<T>(select: (state: JobsState) => T): T {
  return useStore(useApp().jobs, select)
}

export function useConnection(): ConnectionStatus {
  return useStore(useApp().connection.status)
}
