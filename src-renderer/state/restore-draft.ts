import { useMemo } from 'react'
import { useStore } from 'zustand'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { JobId, LineageId, SnapshotId } from '../../src-shared/model/ids.ts'
import { useApp } from './use-app.tsx'

/**
 * What the restore panel is about. The panel stands beside whatever screen opened it; the explorer, while it shows the
 * same source, lets its choice be the one of the panel.
 */
export interface RestoreDraft {
  readonly lineageId: LineageId
  readonly snapshotId: SnapshotId
  readonly paths: readonly string[]
  /** Set once it was started: from then on the panel follows this job, and choosing is over. */
  readonly jobId?: JobId
}

export interface RestoreDraftState {
  readonly draft: RestoreDraft | undefined
}

export function createRestoreDraft(): StoreApi<RestoreDraftState> {
  return createStore<RestoreDraftState>(() => ({ draft: undefined }))
}

export interface RestoreDraftActions {
  open(draft: RestoreDraft): void
  /** Changes what is chosen, as long as nothing was started. */
  choose(paths: readonly string[]): void
  started(jobId: JobId): void
  close(): void
}

export function useRestoreDraft(): RestoreDraft | undefined {
  return useStore(useApp().restoreDraft, (state) => state.draft)
}

export function useRestoreActions(): RestoreDraftActions {
  const store = useApp().restoreDraft
  return useMemo(() => {
    const change = (by: (draft: RestoreDraft) => RestoreDraft) =>
      store.setState(({ draft }) => ({ draft: draft === undefined ? undefined : by(draft) }))
    return {
      open: (draft) => store.setState({ draft }),
      choose: (paths) => change((draft) => (draft.jobId === undefined ? { ...draft, paths } : draft)),
      started: (jobId) => change((draft) => ({ ...draft, jobId })),
      close: () => store.setState({ draft: undefined }),
    }
  }, [store])
}
