import path from 'node:path'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { parseRemoteCommand, type RemoteCommand } from '../address/remote-command.ts'
import type { BytePipes } from '../exchange/byte-pipes.ts'
import { defaultChunkSuffix } from '../store/layout.ts'
import { LocalStore } from '../store/local-store.ts'
import { type ServedPath, servePull } from './serve-pull.ts'
import { servePush } from './serve-push.ts'

export interface CasyncServerOptions {
  /** What follows `casync`: `pull|push BASE ARCHIVE INDEX WSTORE [RSTORE…]`, options before it (spec casync §4.1). */
  readonly args: readonly string[]
  readonly pipes: BytePipes
  /** Relative paths begin here: the login folder. */
  readonly folder: string
  /** When given, nothing outside of these folders is read or written; links that lead out are the host's business. */
  readonly allowedFolders?: readonly string[] | undefined
  /** `CASYNC_COMPRESSED_CHUNK_SUFFIX`. */
  readonly chunkSuffix?: string | undefined
  /** So long a client may be silent: an hour unless told otherwise, since whoever mounts an archive reads now and then. */
  readonly silenceMs?: number | undefined
}

const defaultSilenceMs = 60 * 60_000

/**
 * Stands in for `casync` at the far end of ssh. Returns when the client has what it wanted, or has all of it stored; throws
 * what went wrong, after the client was told. Nothing but the protocol goes into the pipes.
 */
export async function runCasyncServer(options: CasyncServerOptions, signal: AbortSignal): Promise<void> {
  const command = parseRemoteCommand(options.args)
  const { pipes, silenceMs = defaultSilenceMs } = options
  const serveOptions = { silenceMs, bytesPerSecond: command.rateLimitBytesPerSecond }
  const place = (word: string | undefined): ServedPath | undefined =>
    word === undefined ? undefined : { path: resolveWord(word, options), word }
  const store = (word: string): LocalStore =>
    new LocalStore(resolveWord(word, options), { suffix: options.chunkSuffix ?? defaultChunkSuffix })
  const extraStores = (command.extraStores ?? []).map(store)
  const mainStore = command.store === undefined ? undefined : store(command.store)
  const files = { archive: place(command.archive), index: place(command.index) }
  if (command.verb === 'pull') {
    const stores = mainStore === undefined ? extraStores : [mainStore, ...extraStores]
    return await servePull(pipes, { ...files, stores }, serveOptions, signal)
  }
  checkPush(command)
  await servePush(pipes, { ...files, store: mainStore, extraStores }, serveOptions, signal)
}

function resolveWord(word: string, { folder, allowedFolders }: CasyncServerOptions): string {
  if (word.includes('\0')) throw new HoldfastError('input/invalid', { detail: 'A path holds a NUL.' })
  const resolved = path.resolve(folder, word)
  const isInside = (root: string): boolean => {
    const relative = path.relative(path.resolve(folder, root), resolved)
    return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)
  }
  if (allowedFolders !== undefined && !allowedFolders.some(isInside)) {
    throw new HoldfastError('auth/denied', { detail: `${word} is not in a folder that is served.` })
  }
  return resolved
}

function checkPush({ store, extraStores }: RemoteCommand): void {
  if (store === undefined && extraStores !== undefined) {
    throw new HoldfastError('input/invalid', { detail: 'To push there must be a store to write to.' })
  }
}
