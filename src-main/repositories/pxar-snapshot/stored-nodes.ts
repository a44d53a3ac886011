import { HoldfastError } from '../../../src-shared/errors.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'

/** An archive in which nodes are found by their path, whatever its format. */
interface NodeArchive<Node> {
  lookup(path: readonly Uint8Array[], signal: AbortSignal): Promise<Node | undefined>
}

/** Throws `path/not-found`. */
export async function lookupNode<Node>(
  archive: NodeArchive<Node>,
  path: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<Node> {
  const node = await archive.lookup(path, signal)
  if (node === undefined) throw new HoldfastError('path/not-found', { detail: textOf(path) })
  return node
}

/** Of what is no folder. */
export function notAFolder(path: readonly Uint8Array[]): HoldfastError {
  return new HoldfastError('path/not-a-folder', { detail: textOf(path) })
}

/** Of what has no content. */
export function notAFile(path: readonly Uint8Array[]): HoldfastError {
  return new HoldfastError('path/not-found', { detail: `${textOf(path)} is not a file.` })
}

function textOf(path: readonly Uint8Array[]): string {
  return `/${path.map(bytesToPathText).join('/')}`
}
