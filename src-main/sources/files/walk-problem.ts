import { describeSystemError, errorCode } from '../../os/system-error.ts'

/** Hears of everything that a walk or a restore did not do. Called often: it must return at once. */
export interface ProblemObserver {
  problem(problem: TreeProblem): void
}

export interface TreeProblem {
  /** Path text from the root, with a leading slash. */
  readonly path: string
  /** `skipped` was left out on purpose, or was no longer there; `failed` is missing or incomplete. */
  readonly outcome: 'skipped' | 'failed'
  readonly code: ProblemCode
  /** A sentence for a person: which rule, or what the operating system said. */
  readonly reason: string
}

export type ProblemCode =
  | 'excluded'
  | 'other-file-system'
  | 'virtual-file-system'
  | 'vanished'
  | 'denied'
  | 'unreadable'
  | 'changed'
  | 'bad-pattern'
  | 'kept'
  | 'unsafe-path'
  | 'unsupported'
  | 'link-target'
  | 'in-the-way'
  | 'damaged'
  | 'unwritable'
  | 'metadata'

const vanished = new Set(['ENOENT', 'ESTALE'])
const denied = new Set(['EACCES', 'EPERM'])

/** A failed system call while reading, as a problem. What vanished meanwhile is not a failure: there is nothing to keep. */
export function readProblem(path: string, error: unknown): TreeProblem {
  const code = errorCode(error) ?? ''
  const reason = describeSystemError(error)
  if (vanished.has(code)) return { path, outcome: 'skipped', code: 'vanished', reason }
  return { path, outcome: 'failed', code: denied.has(code) ? 'denied' : 'unreadable', reason }
}
