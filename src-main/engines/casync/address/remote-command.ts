import { HoldfastError } from '../../../../src-shared/errors.ts'

/** What the far end of a connection is told to do (spec casync §4.1): `pull|push BASE ARCHIVE INDEX WSTORE [RSTORE…]`. */
export interface RemoteCommand {
  readonly verb: 'pull' | 'push'
  readonly archive?: string | undefined
  readonly index?: string | undefined
  /** The store that is written to, and read from first. */
  readonly store?: string | undefined
  /** More to read from. */
  readonly extraStores?: readonly string[] | undefined
  readonly rateLimitBytesPerSecond?: number | undefined
}

const unused = '-'
const rateLimitOption = '--rate-limit-bps='

/** The arguments behind `casync`. Every word is as it is: see `sshArguments` for a shell. */
export function formatRemoteCommand(command: RemoteCommand): string[] {
  const { verb, archive, index, store, extraStores = [], rateLimitBytesPerSecond } = command
  return [
    ...(rateLimitBytesPerSecond === undefined ? [] : [rateLimitOption + rateLimitBytesPerSecond]),
    verb,
    unused,
    ...[archive, index, store].map((word) => word ?? unused),
    ...extraStores,
  ]
}

/** Reads the arguments behind `casync`. Throws `input/invalid` in the cases in which casync gives up. */
export function parseRemoteCommand(args: readonly string[]): RemoteCommand {
  const verbAt = args.findIndex((word) => !word.startsWith('--'))
  const rateLimit = args.slice(0, Math.max(verbAt, 0)).findLast((word) => word.startsWith(rateLimitOption))
  const [verb, base, archive, index, store, ...extra] = verbAt < 0 ? [] : args.slice(verbAt)
  if (verb !== 'pull' && verb !== 'push') throw invalid(`The verb must be pull or push, not ${JSON.stringify(verb)}.`)
  if (store === undefined) throw invalid(`After ${verb} there must be at least four arguments.`)
  if (isUsed(base)) throw invalid('A base is not supported.')
  const extraStores = extra.filter(isUsed)
  const command: RemoteCommand = {
    verb,
    ...(isUsed(archive) && { archive }),
    ...(isUsed(index) && { index }),
    ...(isUsed(store) && { store }),
    ...(extraStores.length > 0 && { extraStores }),
    ...(rateLimit !== undefined && { rateLimitBytesPerSecond: parseRate(rateLimit) }),
  }
  if (!isUsed(archive) && !isUsed(index) && !isUsed(store) && extraStores.length === 0) throw invalid('Nothing to do.')
  return command
}

/**
 * The arguments for ssh. It joins them with blanks for a shell at the far end, so what a shell would not take as it is
 * gets quotes; casync itself forgets them. `program` is `CASYNC_REMOTE_PATH` and may be several words already.
 */
export function sshArguments(host: string, command: RemoteCommand, program = 'casync'): string[] {
  return [host, program, ...formatRemoteCommand(command).map(quoteForShell)]
}

const harmless = /^[A-Za-z0-9_@%+=:,./-]+$/
/** Another's login folder or one's own: the shell is to put it in. */
const homePrefix = /^~[A-Za-z0-9_.-]*\//

export function quoteForShell(word: string): string {
  const [home = ''] = homePrefix.exec(word) ?? []
  const rest = word.slice(home.length)
  if (harmless.test(rest) || (home !== '' && rest === '')) return word
  return `${home}'${rest.replaceAll("'", "'\\''")}'`
}

function isUsed(word: string | undefined): word is string {
  return word !== undefined && word !== unused && word !== ''
}

function parseRate(option: string): number {
  const digits = option.slice(rateLimitOption.length)
  if (!/^[0-9]{1,15}$/.test(digits)) throw invalid(`${option} is no rate.`)
  return Number(digits)
}

function invalid(detail: string): HoldfastError {
  return new HoldfastError('input/invalid', { detail })
}
