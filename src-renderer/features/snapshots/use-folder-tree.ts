import { useEffect, useRef, useState } from 'react'
import { useStore } from 'zustand'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { Entry } from '../../../src-shared/model/entry.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { useApp } from '../../state/use-app.tsx'

const PAGE = 500
/** A folder with more folders than this is shown as far; the table has all of them. */
const MOST_FOLDERS = 2000

export interface LoadedFolder {
  readonly key: string
  readonly folders: readonly Entry[]
}

export interface TreeRow {
  readonly path: string
  readonly name: string
  readonly depth: number
  readonly isExpanded: boolean
  /** `undefined` until it was read. */
  readonly hasFolders: boolean | undefined
  readonly isGhost: boolean
}

/** The sub-folders of every expanded folder. What was there before stays until the new point in time is read. */
export function useFolderTree(
  id: SnapshotId,
  showDeleted: boolean,
  expanded: ReadonlySet<string>,
  /** Another number reads again what could not be read. */
  turn: number,
): ReadonlyMap<string, LoadedFolder> {
  const { client, versions } = useApp()
  const version = useStore(versions, (state) => state.snapshots)
  const [loaded, setLoaded] = useState<ReadonlyMap<string, LoadedFolder>>(new Map())
  const latest = useRef(loaded)
  latest.current = loaded
  const key = `${id} ${showDeleted} ${version} ${turn}`
  const wanted = ['', ...expanded].join('\n')

  useEffect(() => {
    const abort = new AbortController()
    const read = async () => {
      for (const path of wanted.split('\n')) {
        if (latest.current.get(path)?.key === key) continue
        // What cannot be read keeps the children it had; the table says why, and reads again on request.
        const folders = await readFolders(client, { id, path, showDeleted }, abort.signal).catch(() => undefined)
        if (abort.signal.aborted) return
        if (folders !== undefined) setLoaded((before) => new Map(before).set(path, { key, folders }))
      }
    }
    // Never rejects: a folder that cannot be read shows without children, and the table says why.
    void read()
    return () => abort.abort()
  }, [client, id, showDeleted, key, wanted])

  return loaded
}

async function readFolders(
  client: Client,
  query: { readonly id: SnapshotId; readonly path: string; readonly showDeleted: boolean },
  signal: AbortSignal,
): Promise<readonly Entry[]> {
  const folders: Entry[] = []
  for (let offset = 0; offset < MOST_FOLDERS; offset += PAGE) {
    const page = { foldersOnly: true, offset, limit: PAGE }
    const { entries, total } = await client.snapshots.browse({ ...query, ...page }, { signal })
    folders.push(...entries)
    if (offset + PAGE >= total) break
  }
  return folders
}

/** The rows of the tree from the top down, as far as folders are expanded. */
export function treeRows(loaded: ReadonlyMap<string, LoadedFolder>, expanded: ReadonlySet<string>): readonly TreeRow[] {
  const rows: TreeRow[] = []
  const visit = (path: string, depth: number) => {
    for (const folder of loaded.get(path)?.folders ?? []) {
      const isExpanded = expanded.has(folder.path)
      const children = loaded.get(folder.path)
      rows.push({
        path: folder.path,
        name: folder.name,
        depth,
        isExpanded,
        hasFolders: isExpanded && children !== undefined ? children.folders.length > 0 : undefined,
        isGhost: folder.deletedAfter !== undefined,
      })
      if (isExpanded) visit(folder.path, depth + 1)
    }
  }
  visit('', 0)
  return rows
}
