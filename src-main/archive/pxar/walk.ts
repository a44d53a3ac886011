import { readForward } from '../read-forward.ts'
import type { PxarAccessor, PxarDirectory, PxarFile, PxarNode } from './accessor.ts'
import { corrupt, maxDepth } from './items.ts'
import type { PxarEntry } from './pxar-entry.ts'

export interface WalkOptions {
  readonly signal: AbortSignal
  /** The path of the directory from the root of the archive, without slashes around it; empty for the root. */
  readonly path: Uint8Array
}

/**
 * A directory of an archive as a tree of its own, to be restored or copied. Contents may be opened at any time. A hard
 * link whose file lies outside of the directory becomes a file; further links to that file are links to this one.
 */
export async function* walkDirectory(
  archive: PxarAccessor,
  directory: PxarDirectory,
  { signal, path }: WalkOptions,
): AsyncGenerator<PxarEntry, void, undefined> {
  const open = [{ name: new Uint8Array(0) as Uint8Array, nodes: archive.list(directory, signal) }]
  const prefix = path.length === 0 ? path : Buffer.concat([path, separator])
  /** Files outside that got a name inside: where they stand, and that name. */
  const adopted = new Map<bigint, Uint8Array>()
  const pathOf = (name: Uint8Array): Uint8Array =>
    Buffer.concat([...open.slice(1).flatMap((level) => [level.name, separator]), name])

  const toLink = (file: PxarFile): PxarEntry | undefined => {
    const { name, linkedTo, start } = file
    if (linkedTo === undefined) return undefined
    if (Buffer.compare(linkedTo.subarray(0, prefix.length), prefix) === 0) {
      return { kind: 'hardlink', name, target: linkedTo.subarray(prefix.length) }
    }
    const target = adopted.get(start)
    if (target !== undefined) return { kind: 'hardlink', name, target }
    adopted.set(start, pathOf(name))
    return undefined
  }

  yield { kind: 'directory', name: new Uint8Array(0), metadata: directory.metadata }
  try {
    for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
      const next = await level.nodes.next()
      if (next.done === true) {
        open.pop()
        yield { kind: 'leave' }
        continue
      }
      const node: PxarNode = next.value
      if (node.kind === 'directory') {
        if (open.length > maxDepth) throw corrupt('FILENAME', node.range.start, `deeper than ${maxDepth} folders`)
        yield { kind: 'directory', name: node.name, metadata: node.metadata }
        open.push({ name: node.name, nodes: archive.list(node, signal) })
      } else if (node.kind === 'file') yield toLink(node) ?? toFile(archive, node, signal)
      else yield node
    }
  } finally {
    for (const { nodes } of open) await nodes.return()
  }
}

const separator = Uint8Array.of(0x2f)

function toFile(archive: PxarAccessor, file: PxarFile, signal: AbortSignal): PxarEntry {
  const { kind, name, metadata, sizeBytes, content } = file
  return {
    kind,
    name,
    metadata,
    sizeBytes,
    payload: content.stream === 'payload' ? content.ref : undefined,
    open: async () => readForward(await archive.open(file, signal), signal),
  }
}
