import { entryNameProblem, linkTargetProblem, splitPath } from '../entry-names.ts'
import { maxNameBytes, maxTargetBytes } from './items.ts'

/** What is wrong with an entry's name, or undefined (spec pbs §7.3). */
export function nameProblem(name: Uint8Array): string | undefined {
  return entryNameProblem(name, maxNameBytes)
}

/** What is wrong with the target of a symbolic link, or undefined. */
export function symlinkProblem(target: Uint8Array): string | undefined {
  return linkTargetProblem(target, maxTargetBytes)
}

/** What is wrong with the path of a hard link's target, or undefined: it is relative, of proper names. */
export function pathProblem(path: Uint8Array): string | undefined {
  if (path.length > maxTargetBytes) return `longer than ${maxTargetBytes} bytes`
  for (const name of splitPath(path)) {
    const problem = nameProblem(name)
    if (problem !== undefined) return `has a part that is ${problem}`
  }
  return undefined
}
