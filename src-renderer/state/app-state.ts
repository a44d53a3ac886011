import { createStore, type StoreApi } from 'zustand/vanilla'
import type { AppInfo, ChangedArea } from '../../src-shared/contract/app.ts'
import type { Client } from '../../src-shared/contract/index.ts'
import type { EncryptionKey } from '../../src-shared/contract/keys.ts'
import type { PlanState } from '../../src-shared/contract/plans.ts'
import type { RepositoryState } from '../../src-shared/model/repository.ts'
import type { Settings } from '../../src-shared/model/settings.ts'
import type { Lineage } from '../../src-shared/model/snapshot.ts'
import type { Connection } from './connection.ts'
import { follow } from './follow.ts'
import { applyJobEvent, changesState, type JobsState, noJobs } from './jobs.ts'
import { createResource, type Resource } from './resource.ts'
import { createRestoreDraft, type RestoreDraftState } from './restore-draft.ts'

export interface Power {
  readonly onBattery: boolean
  readonly batteryPercent?: number | undefined
  readonly metered?: boolean | undefined
  readonly wake?: { readonly at: number; readonly problem?: string | undefined } | undefined
}

/** Everything the window knows of the app, each part small and on its own (style I1, I2). */
export interface AppState {
  readonly client: Client
  readonly connection: Connection
  readonly jobs: StoreApi<JobsState>
  /** Counts up with each change of an area; a query that depends on the area reads again. */
  readonly versions: StoreApi<Record<ChangedArea, number>>
  readonly info: Resource<AppInfo>
  readonly power: Resource<Power>
  readonly plans: Resource<readonly PlanState[]>
  readonly repositories: Resource<readonly RepositoryState[]>
  readonly lineages: Resource<readonly Lineage[]>
  readonly keys: Resource<readonly EncryptionKey[]>
  readonly settings: Resource<Settings>
  readonly pause: Resource<{ readonly pausedUntil?: number | undefined }>
  /** What the restore panel beside the screens is about. */
  readonly restoreDraft: StoreApi<RestoreDraftState>
}

const POWER_EVERY_MS = 60_000

export function createAppState(client: Client, connection: Connection): AppState {
  return {
    client,
    connection,
    jobs: createStore<JobsState>(() => noJobs),
    versions: createStore(() => ({ plans: 0, repositories: 0, snapshots: 0, settings: 0, keys: 0, pause: 0 })),
    info: createResource((signal) => client.app.info(undefined, { signal })),
    power: createResource((signal) => client.app.power(undefined, { signal })),
    plans: createResource((signal) => client.plans.list(undefined, { signal })),
    repositories: createResource((signal) => client.repositories.list(undefined, { signal })),
    lineages: createResource((signal) => client.snapshots.lineages(undefined, { signal })),
    keys: createResource((signal) => client.keys.list(undefined, { signal })),
    settings: createResource((signal) => client.app.settings(undefined, { signal })),
    pause: createResource((signal) => client.app.pauseState(undefined, { signal })),
    restoreDraft: createRestoreDraft(),
  }
}

/** Follows the two streams of the app for as long as the window lives. */
export function followApp(app: AppState, signal: AbortSignal): void {
  const readers: Record<ChangedArea, readonly Resource<unknown>[]> = {
    plans: [app.plans],
    repositories: [app.repositories],
    snapshots: [app.lineages, app.repositories],
    settings: [app.settings],
    keys: [app.keys],
    pause: [app.pause],
  }
  const touch = (areas: readonly ChangedArea[]) => {
    app.versions.setState((before) => ({
      ...before,
      ...Object.fromEntries(areas.map((area) => [area, before[area] + 1])),
    }))
    for (const resource of new Set(areas.flatMap((area) => readers[area]))) resource.reload()
  }

  // The failures of both loops are breaks, which they mend themselves; the connection banner tells the person.
  void follow({
    open: (inner) => {
      app.info.reload()
      app.power.reload()
      return app.client.app.changes(undefined, { signal: inner })
    },
    onEvent: ({ areas }) => touch(areas),
    signal,
  })
  void follow({
    open: (inner) => app.client.jobs.events(undefined, { signal: inner }),
    onEvent: (event) => {
      if (changesState(app.jobs.getState(), event)) touch(['plans'])
      app.jobs.setState((before) => applyJobEvent(before, event, performance.now()), true)
    },
    signal,
  })
  const timer = setInterval(() => app.power.reload(), POWER_EVERY_MS)
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })
}
