import { pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { NodeKind } from '../../os/file-system-calls.ts'
import { Breather } from './breather.ts'
import { HardLinks } from './hard-links.ts'
import { TreeCursor, type TreeOptions } from './tree-cursor.ts'
import type { TreeProblem } from './walk-problem.ts'

/** One child of the folder, when all below it is counted. */
export interface ChildSize {
  readonly name: Buffer
  readonly kind: NodeKind
  readonly files: number
  /** Without what is left out. */
  readonly sizeBytes: bigint
  /** Why the child is not backed up, or what below it is not. The first hundred. */
  readonly leftOut: readonly TreeProblem[]
  readonly leftOutCount: number
}

const maxListed = 100

/**
 * Sizes of the children of one folder, for the plan editor: each comes when it is known, folders as a whole. A child
 * that a rule leaves out comes with that rule and the size 0. Patterns apply as if `root` were the root of the backup.
 */
export async function* folderSizes(
  root: Uint8Array | string,
  options: TreeOptions,
  signal: AbortSignal,
): AsyncGenerator<ChildSize> {
  let leftOut: TreeProblem[] = []
  let leftOutCount = 0
  const observer = {
    problem: (problem: TreeProblem) => {
      leftOutCount += 1
      if (leftOut.length < maxListed) leftOut.push(problem)
    },
  }
  const cursor = new TreeCursor(typeof root === 'string' ? pathTextToBytes(root) : root, options, observer)
  const breather = new Breather(signal)
  const links = new HardLinks()
  let folder: { name: Buffer; files: number; sizeBytes: bigint } | undefined
  const take = (name: Buffer, kind: NodeKind, files: number, sizeBytes: bigint): ChildSize => {
    const child = { name, kind, files, sizeBytes, leftOut, leftOutCount }
    leftOut = []
    leftOutCount = 0
    return child
  }
  try {
    for (let step = cursor.next(); step !== undefined; step = cursor.next()) {
      if (breather.isDue()) await breather.breathe()
      if (step.type === 'enter' && cursor.depth === 2) folder = { name: step.name, files: 0, sizeBytes: 0n }
      else if (step.type === 'leave' && cursor.depth === 1 && folder !== undefined) {
        yield take(folder.name, 'directory', folder.files, folder.sizeBytes)
        folder = undefined
      } else if (step.type === 'node') {
        const isFirst = links.find(step.status, () => cursor.path()) === undefined
        const isFile = step.status.kind === 'file'
        const size = isFile && isFirst ? step.status.sizeBytes : 0n
        if (folder === undefined) yield take(step.name, step.status.kind, isFile ? 1 : 0, size)
        else {
          folder.files += isFile ? 1 : 0
          folder.sizeBytes += size
        }
      } else if (step.type === 'nothing' && cursor.depth === 1) {
        yield take(step.name, step.kind, 0, 0n)
      }
    }
  } finally {
    cursor.close()
  }
}
