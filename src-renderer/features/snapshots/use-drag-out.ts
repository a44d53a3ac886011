import { type DragEvent, useCallback, useMemo, useRef } from 'react'
import type { Entry } from '../../../src-shared/model/entry.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { useClient, useSharedValue } from '../../state/use-app.tsx'
import { showFailure } from '../../state/use-command.ts'
import { downloadUrl } from './download-url.ts'

export interface DragOutControl {
  /** The pointer is over a row: what a drag of it would need is asked for. */
  readonly ready: (entry: Entry) => void
  readonly start: (event: DragEvent, entry: Entry) => void
}

/**
 * Rows are dragged into other programs. The desktop shell begins a drag of files that it has written for it; a browser gets
 * an address from which the program that catches it downloads. It must be known before the drag begins, hence `ready`.
 */
export function useDragOut(snapshotId: SnapshotId): DragOutControl {
  const client = useClient()
  const isDesktop = useSharedValue('info')?.host === 'electron'
  const addresses = useRef(new Map<string, string>())

  const ready = useCallback(
    (entry: Entry) => {
      const key = keyOf(entry, snapshotId)
      if (isDesktop || addresses.current.has(key)) return
      client.snapshots.contentUrl({ ...sourceOf(entry, snapshotId), as: formOf(entry) }).then(
        (url) => addresses.current.set(key, new URL(url, `${location.origin}/`).href),
        () => {}, // then it cannot be dragged; opening it says why
      )
    },
    [client, isDesktop, snapshotId],
  )
  const start = useCallback(
    (event: DragEvent, entry: Entry) => {
      if (isDesktop) {
        event.preventDefault()
        const { id, path } = sourceOf(entry, snapshotId)
        const entries = [{ path, isFolder: entry.kind === 'directory' }]
        client.snapshots.dragOut({ id, entries }).catch(showFailure)
        return
      }
      const address = addresses.current.get(keyOf(entry, snapshotId))
      if (address === undefined) {
        event.preventDefault()
        return
      }
      event.dataTransfer.effectAllowed = 'copy'
      event.dataTransfer.setData('DownloadURL', downloadUrl(entry, address))
      event.dataTransfer.setData('text/uri-list', address)
    },
    [client, isDesktop, snapshotId],
  )
  // The same every time, so that rows are not drawn again.
  return useMemo(() => ({ ready, start }), [ready, start])
}

/** A deleted entry comes from the last snapshot that has it. */
function sourceOf({ path, deletedAfter }: Entry, snapshotId: SnapshotId): { id: SnapshotId; path: string } {
  return { id: deletedAfter?.snapshotId ?? snapshotId, path }
}

function keyOf(entry: Entry, snapshotId: SnapshotId): string {
  const { id, path } = sourceOf(entry, snapshotId)
  return `${id} ${path}`
}

function formOf({ kind }: Entry): 'zip' | 'download' {
  return kind === 'directory' ? 'zip' : 'download'
}
