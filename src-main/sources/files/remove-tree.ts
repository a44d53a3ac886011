import type { Directory, NodeKind } from '../../os/file-system-calls.ts'
import { errorCode } from '../../os/system-error.ts'
import { temporaryName } from '../../os/temporary-name.ts'

/** Folders further down are moved to the top first: each on the way is held open. */
const maxDepth = 64

/**
 * Removes the folder `name` of `parent` and all that is in it. No link is followed and no other file system entered.
 * Throws a system error when something cannot be removed; what was removed until then is gone.
 */
export function removeTree(parent: Directory, name: Uint8Array): void {
  const top = parent.openDirectory(name)
  try {
    const { device } = top.status()
    empty(top, { top, device, depth: 0 })
  } finally {
    top.close()
  }
  parent.removeDirectory(name)
}

interface Place {
  readonly top: Directory
  readonly device: bigint
  readonly depth: number
}

function empty(directory: Directory, place: Place): void {
  withNode(directory, undefined, 'directory', (node) => node.setPermissions(0o700))
  // Whatever was moved to the top meanwhile is found by the next round.
  for (let names = directory.names(); names.length > 0; names = directory.names()) {
    for (const name of names) removeOne(directory, name, place)
    if (place.depth > 0) return
  }
}

function removeOne(directory: Directory, name: Buffer, place: Place): void {
  const status = directory.lstat(name)
  if (status.kind !== 'directory') {
    insist(directory, name, status.kind, () => directory.unlink(name))
    return
  }
  if (place.depth === maxDepth) {
    insist(directory, name, status.kind, () => directory.rename(name, place.top, temporaryName()))
    return
  }
  const child = directory.openDirectory(name)
  try {
    // A mount; removing the folder that it is on fails with EBUSY.
    if (status.device === place.device) empty(child, { ...place, depth: place.depth + 1 })
  } finally {
    child.close()
  }
  insist(directory, name, status.kind, () => directory.removeDirectory(name))
}

/** A file or folder may be immutable already: flags are the last that a restore sets, but not of the whole tree. */
function insist(directory: Directory, name: Buffer, kind: NodeKind, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (errorCode(error) !== 'EPERM') throw error
    withNode(directory, undefined, 'directory', (node) => node.setFlags(0))
    if (kind === 'file' || kind === 'directory') withNode(directory, name, kind, (node) => node.setFlags(0))
    work()
  }
}

function withNode(
  directory: Directory,
  name: Buffer | undefined,
  kind: NodeKind,
  work: (node: ReturnType<Directory['openNode']>) => void,
): void {
  const node = directory.openNode(name, kind)
  try {
    work(node)
  } finally {
    node.close()
  }
}
