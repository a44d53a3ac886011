import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Entry } from '../../../src-shared/model/entry.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { SnapshotReader, StoredEntry } from '../../repositories/repository.ts'
import { formatSnapshotPath, type PathInSnapshot, parseSnapshotPath } from '../restore/snapshot-path.ts'
import type { BrowsePage, BrowseRequest } from './snapshots.ts'

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** A page of a folder, read from the repository: for snapshots that are not in the catalog (yet). Knows no ghosts. */
export async function browseRepository(
  reader: SnapshotReader,
  request: BrowseRequest,
  signal: AbortSignal,
): Promise<BrowsePage> {
  const path = parseSnapshotPath(request.path)
  const entries = path === undefined ? await archives(reader, signal) : await children(reader, path, signal)
  const wanted = request.filter?.toLocaleLowerCase() ?? ''
  const found = entries
    .filter((entry) => entry.name.toLocaleLowerCase().includes(wanted))
    .filter((entry) => !request.foldersOnly || entry.kind === 'directory')
    .toSorted(comparison(request.order))
  return { entries: found.slice(request.offset, request.offset + request.limit), total: found.length, deleted: 0 }
}

/** Throws `path/not-found`. */
export async function statInRepository(reader: SnapshotReader, path: string, signal: AbortSignal): Promise<Entry> {
  const parsed = parseSnapshotPath(path)
  if (parsed === undefined || !reader.trees.includes(parsed.tree)) {
    throw new HoldfastError('path/not-found', { detail: path })
  }
  return entryOf(await reader.stat(parsed.tree, parsed.names, signal), parsed)
}

async function archives(reader: SnapshotReader, signal: AbortSignal): Promise<Entry[]> {
  const entries: Entry[] = []
  for (const tree of reader.trees) {
    entries.push(entryOf(await reader.stat(tree, [], signal), { tree, names: [] }))
  }
  return entries
}

async function children(reader: SnapshotReader, path: PathInSnapshot, signal: AbortSignal): Promise<Entry[]> {
  if (!reader.trees.includes(path.tree)) throw new HoldfastError('path/not-found', { detail: path.tree })
  const entries: Entry[] = []
  for await (const child of reader.list(path.tree, path.names, signal)) {
    entries.push(entryOf(child, { tree: path.tree, names: [...path.names, child.name] }))
  }
  return entries
}

function entryOf(stored: StoredEntry, { tree, names }: PathInSnapshot): Entry {
  const last = names.at(-1)
  return {
    path: formatSnapshotPath(tree, names),
    name: last === undefined ? tree : bytesToPathText(last),
    kind: stored.kind,
    sizeBytes: Number(stored.sizeBytes),
    modifiedAt: Number(stored.mtimeNs / 1_000_000n),
    permissions: stored.permissions,
    uid: stored.uid,
    gid: stored.gid,
    ...(stored.target === undefined ? {} : { linkTarget: bytesToPathText(stored.target) }),
  }
}

/** Folders first, whatever the order. */
function comparison(order: BrowseRequest['order']): (a: Entry, b: Entry) => number {
  const sign = order.descending ? -1 : 1
  const byKey = (a: Entry, b: Entry): number => {
    if (order.by === 'size') return a.sizeBytes - b.sizeBytes
    if (order.by === 'modified') return a.modifiedAt - b.modifiedAt
    return collator.compare(a.name, b.name)
  }
  return (a, b) =>
    Number(b.kind === 'directory') - Number(a.kind === 'directory') ||
    sign * byKey(a, b) ||
    collator.compare(a.name, b.name)
}
