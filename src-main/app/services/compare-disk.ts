import type { Difference } from '../../../src-shared/contract/snapshots.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import type { NodeStatus } from '../../os/file-system-calls.ts'
import { type CompareResult, noTotals } from './compare.ts'

/** An entry of the snapshot or of the disk, by its path below the folder that is compared. */
export interface Compared {
  /** Names from the folder down; not empty. */
  readonly path: readonly Buffer[]
  readonly kind: Difference['kind']
  readonly sizeBytes: number
  readonly mtimeNs: bigint
}

/** What changed on the disk since the snapshot, in a folder and below. Both sides come depth first, names by their bytes. */
export async function compareStreams(
  snapshot: AsyncIterable<Compared>,
  disk: AsyncIterable<Compared>,
  folder: string,
  includeIdentical: boolean,
): Promise<CompareResult> {
  const children = new Map<string, Child>()
  const totals = noTotals()
  for await (const [before, after] of mergeSorted(snapshot, disk)) {
    const entry = after ?? before
    const [top] = entry?.path ?? []
    if (entry === undefined || top === undefined) continue
    const key = top.toString('latin1')
    let child = children.get(key)
    if (child === undefined) {
      child = {
        name: bytesToPathText(top),
        before: undefined,
        after: undefined,
        below: { added: 0, changed: 0, removed: 0, bytes: 0 },
      }
      children.set(key, child)
    }
    if (entry.path.length === 1) {
      child.before = before
      child.after = after
    }
    count(totals, child, before, after, entry.path.length > 1)
  }
  const differences = [...children.values()].map((child) => describe(child, folder))
  const identical = differences.filter((difference) => difference.change === 'identical')
  totals.identical = identical.length
  return {
    differences: includeIdentical ? differences : differences.filter((one) => one.change !== 'identical'),
    totals,
  }
}

interface Child {
  readonly name: string
  before: Compared | undefined
  after: Compared | undefined
  readonly below: { added: number; changed: number; removed: number; bytes: number }
}

/** Folders are not counted, as everywhere else. */
function count(
  totals: CompareResult['totals'],
  child: Child,
  before: Compared | undefined,
  after: Compared | undefined,
  isBelow: boolean,
): void {
  const was = before?.kind === 'directory' ? undefined : before
  const is = after?.kind === 'directory' ? undefined : after
  const bytes = (is?.sizeBytes ?? 0) - (was?.sizeBytes ?? 0)
  if (was === undefined && is === undefined) return
  if (was === undefined) {
    totals.added += 1
    totals.addedBytes += is?.sizeBytes ?? 0
    if (isBelow) child.below.added += 1
  } else if (is === undefined) {
    totals.removed += 1
    totals.removedBytes += was.sizeBytes
    if (isBelow) child.below.removed += 1
  } else {
    if (isSame(was, is)) return
    totals.changed += 1
    totals.changedBytes += bytes
    if (isBelow) child.below.changed += 1
  }
  if (isBelow) child.below.bytes += bytes
}

function isSame(a: Compared, b: Compared): boolean {
  const isLink = (one: Compared): boolean => one.kind === 'hardlink' || one.kind === 'file'
  if (a.kind === 'hardlink' || b.kind === 'hardlink') return isLink(a) && isLink(b)
  if (a.kind !== b.kind) return false
  return a.kind !== 'file' || (a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs)
}

function describe({ name, before, after, below }: Child, folder: string): Difference {
  const entry = after ?? before
  const isFolder = entry?.kind === 'directory'
  const isTouched = below.added + below.changed + below.removed > 0
  return {
    path: `${folder}/${name}`,
    name,
    kind: entry?.kind ?? 'file',
    change: changeOf(before, after, isTouched),
    ...(before === undefined ? {} : { fromBytes: before.sizeBytes }),
    ...(after === undefined ? {} : { toBytes: after.sizeBytes }),
    ...(isFolder ? { below } : {}),
  }
}

function changeOf(before: Compared | undefined, after: Compared | undefined, isTouched: boolean): Difference['change'] {
  if (before === undefined) return 'added'
  if (after === undefined) return 'removed'
  if (before.kind === 'directory' && after.kind === 'directory') return isTouched ? 'changed' : 'identical'
  return isSame(before, after) ? 'identical' : 'changed'
}

async function* mergeSorted(
  left: AsyncIterable<Compared>,
  right: AsyncIterable<Compared>,
): AsyncGenerator<readonly [Compared | undefined, Compared | undefined]> {
  const a = left[Symbol.asyncIterator]()
  const b = right[Symbol.asyncIterator]()
  try {
    let x = await a.next()
    let y = await b.next()
    while (!x.done || !y.done) {
      const order = x.done ? 1 : y.done ? -1 : comparePaths(x.value.path, y.value.path)
      const before = order <= 0 && !x.done ? x.value : undefined
      const after = order >= 0 && !y.done ? y.value : undefined
      yield [before, after]
      if (before !== undefined) x = await a.next()
      if (after !== undefined) y = await b.next()
    }
  } finally {
    await a.return?.()
    await b.return?.()
  }
}

function comparePaths(a: readonly Buffer[], b: readonly Buffer[]): number {
  for (let i = 0; ; i++) {
    const [x, y] = [a[i], b[i]]
    if (x === undefined || y === undefined) return a.length - b.length
    const order = Buffer.compare(x, y)
    if (order !== 0) return order
  }
}

/** The snapshot's side: a walk from the archive's root, of which only what lies below `at` counts. */
export async function* comparedEntries(
  entries: AsyncIterable<TreeEntry>,
  at: readonly Uint8Array[],
): AsyncGenerator<Compared> {
  const path: Buffer[] = []
  let isRoot = true
  for await (const entry of entries) {
    if (entry.kind === 'leave') {
      path.pop()
      continue
    }
    const here = isRoot ? [] : [...path, Buffer.from(entry.name)]
    if (here.length > at.length) {
      const metadata = entry.kind === 'hardlink' ? undefined : entry.metadata
      yield {
        path: here.slice(at.length),
        kind: entry.kind,
        sizeBytes: entry.kind === 'file' ? Number(entry.sizeBytes) : 0,
        mtimeNs: metadata?.mtimeNs ?? 0n,
      }
    }
    if (entry.kind === 'directory' && !isRoot) path.push(Buffer.from(entry.name))
    isRoot = false
  }
}

/** The disk's side. */
export async function* comparedNodes(
  nodes: AsyncIterable<{ readonly path: Buffer; readonly status: NodeStatus }>,
): AsyncGenerator<Compared> {
  for await (const { path, status } of nodes) {
    const names = path
      .toString('latin1')
      .split('/')
      .filter((name) => name !== '')
      .map((name) => Buffer.from(name, 'latin1'))
    if (names.length === 0) continue
    const sizeBytes = status.kind === 'file' ? Number(status.sizeBytes) : 0
    yield { path: names, kind: status.kind, sizeBytes, mtimeNs: status.mtimeNs }
  }
}
