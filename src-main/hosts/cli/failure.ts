import { ORPCError } from '@orpc/server'
import { CommanderError } from 'commander'
import { z } from 'zod'
import { type ErrorCode, errorCodes, HoldfastError } from '../../../src-shared/errors.ts'
import { type BugLog, toPlainError } from '../../app/contract-errors.ts'
import { describeSystemError, errorCode } from '../../os/system-error.ts'

/** A failure as a person, or a program, can use it: what it is, and what to do. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
}

const tryAgain = 'Check that it runs and can be reached from here, then run this again.'

/** For failures that come without a next step of their own: where one would look. */
const nextSteps: Partial<Record<ErrorCode, string>> = {
  'catalog/busy': 'Wait until it has ended, or give this one a data folder of its own: --data.',
  'datastore/not-found': 'Check the name or the path. `holdfast init <folder>` creates a repository.',
  'job/unknown': '`holdfast job list` lists them.',
  'key/denied': 'Put the right passphrase into the environment as PBS_ENCRYPTION_PASSWORD.',
  'path/not-found': 'Check the path.',
  'plan/unknown': '`holdfast plan list` lists them.',
  'couchbase/denied': 'Name who logs in with --user; the password comes from HOLDFAST_COUCHBASE_PASSWORD.',
  'couchbase/unreachable': tryAgain,
  'job-server/unreachable': tryAgain,
  'mysql/agent-unreachable': tryAgain,
  'repository/unknown': '`holdfast repositories` lists them.',
  'repository/unreachable': tryAgain,
  'repository/unsupported': '`holdfast repositories` lists those there are; name another with -r.',
  'snapshot/unknown': '`holdfast snapshots` lists them; `latest` is the newest.',
}

const systemCodes: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'disk/read-only',
  EDQUOT: 'disk/full',
  ENOSPC: 'disk/full',
  EPERM: 'disk/read-only',
  EROFS: 'disk/read-only',
}

const refusedInput = z.object({ issues: z.array(z.object({ path: z.array(z.unknown()), message: z.string() })) })
const withHint = z.object({ hint: z.string() })

export interface Circumstance {
  /** What was typed, without what it was given: `holdfast plan add`. */
  readonly command: string
  /** Takes the stack of what was not expected. */
  readonly bugs: BugLog
}

/** What ended a command. */
export function describeFailure(error: unknown, { command, bugs }: Circumstance): Failure {
  if (error instanceof CommanderError) return ofWords(error, command)
  if (isInterrupt(error)) {
    return { code: 'job/cancelled', message: 'Interrupted: what was not finished is left out.', hint: 'Run it again.' }
  }
  if (error instanceof HoldfastError) {
    return withNextStep({ code: error.code, message: error.message, hint: error.hint })
  }
  // A refusal of the contract, and one of a model here: both list what is wrong in the same way.
  const refused = refusedInput.safeParse(error instanceof ORPCError ? error.data : error)
  if (refused.success) return ofInput(refused.data.issues, command)
  if (error instanceof ORPCError) {
    const { hint } = withHint.safeParse(error.data).data ?? {}
    return withNextStep({ code: String(error.code), message: error.message, hint })
  }
  return ofSystem(error) ?? toPlainError(error, bugs)
}

/** Ctrl-C, wherever it was noticed. */
export function isInterrupt(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** The words on the command line were not understood: nothing was done. */
function ofWords({ code, message }: CommanderError, command: string): Failure {
  const said = code === 'commander.help' ? `a word is missing after ${command}.` : message.replace(/^error: /, '')
  const sentence = `${said.charAt(0).toUpperCase()}${said.slice(1)}`
  return {
    code: 'input/invalid',
    message: /[.?)]$/.test(sentence) ? sentence : `${sentence}.`,
    hint: `${command} --help says what there is.`,
  }
}

function ofInput(issues: z.infer<typeof refusedInput>['issues'], command: string): Failure {
  const details = issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
  return {
    code: 'input/invalid',
    message: `${errorCodes['input/invalid']} ${details.join('; ')}.`,
    hint: `${command} --help says what it takes.`,
  }
}

/** A file of the person's own, named on the command line, that could not be read or written. */
function ofSystem(error: unknown): Failure | undefined {
  const code = errorCode(error)
  if (!(error instanceof Error) || code === undefined || !('syscall' in error)) return undefined
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined
  if (code === 'ENOENT' && path !== undefined) {
    return { code: 'path/not-found', message: `${errorCodes['path/not-found']} ${path}`, hint: 'Check the path.' }
  }
  if (code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL') {
    return {
      code: 'server/unavailable',
      message: `${errorCodes['server/unavailable']} ${describeSystemError(error)}`,
      hint: 'Give another address and port with --listen.',
    }
  }
  if (path === undefined) return undefined
  const known = systemCodes[code] ?? 'file/unreadable'
  return {
    code: known,
    message: `${errorCodes[known]} ${path}: ${describeSystemError(error)}`,
    hint: 'Check the path, and whether you may use it.',
  }
}

/** What to do about a failure: what it says itself, else where one would look. */
export function withNextStep(failure: Failure): Failure {
  // The words of the main process are made for the window: of a folder that is none yet, it has a button.
  if (failure.hint !== undefined && failure.code !== 'datastore/not-found') return failure
  const known: Readonly<Record<string, string | undefined>> = nextSteps
  return { ...failure, hint: known[failure.code] }
}
