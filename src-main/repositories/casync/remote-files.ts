import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { HttpOptions } from '../../engines/casync/client/http-access.ts'
import { HttpStore } from '../../engines/casync/client/http-store.ts'
import { PullSession } from '../../engines/casync/client/pull-session.ts'
import { readHttpFile } from '../../engines/casync/client/read-http-file.ts'
import { startRemoteProgram, withLastWords } from '../../engines/casync/client/remote-program.ts'
import { SshStore } from '../../engines/casync/client/ssh-store.ts'
import type { ChunkStore } from '../../engines/casync/store/chunk-store.ts'
import { snapshotsSuffix, storeSuffix } from './casync-places.ts'

/** A casync folder on another computer, as far as its files can be read by their names. */
export interface RemoteFiles {
  readonly chunks: ChunkStore
  /** The folder of the snapshots, from the folder of the store. */
  readonly snapshots: string
  /** A whole file, by its path from the folder of the store, with slashes. Throws `path/not-found`, `repository/unreachable`. */
  read(file: string, signal: AbortSignal): Promise<Uint8Array>
  close(): Promise<void>
}

export interface RemoteOptions {
  readonly http?: HttpOptions | undefined
  /** `CASYNC_SSH_PATH` and `CASYNC_REMOTE_PATH`. */
  readonly sshPath?: string | undefined
  readonly remotePath?: string | undefined
}

/** The variables that casync itself goes by (spec casync §4.3). */
export function casyncPrograms(environment: NodeJS.ProcessEnv): Pick<RemoteOptions, 'sshPath' | 'remotePath'> {
  return { sshPath: environment.CASYNC_SSH_PATH, remotePath: environment.CASYNC_REMOTE_PATH }
}

/** What one file may hold in memory. */
const maxFileBytes = 1 << 30
const sshAddress = /^casync\+ssh:\/\/((?!-)[A-Za-z0-9._-]+(?:@(?!-)[A-Za-z0-9._-]+)?)(\/.+)$/s

/** Throws `input/invalid` for an address that is neither `https://…/name.castr` nor `casync+ssh://[user@]host/…/name.castr`. */
export function openRemoteFiles(address: string, options: RemoteOptions): RemoteFiles {
  const [, host, place] = sshAddress.exec(address) ?? []
  if (host !== undefined && place !== undefined) return openSshFiles(host, trimmed(place), options)
  if (/^https?:\/\//.test(address)) return openHttpFiles(address, options)
  throw invalid()
}

function openHttpFiles(address: string, { http = {} }: RemoteOptions): RemoteFiles {
  const url = new URL(address)
  url.search = ''
  url.hash = ''
  url.pathname = trimmed(url.pathname)
  const name = nameOf(url.pathname)
  return {
    chunks: new HttpStore(url.href, http),
    snapshots: decodeURIComponent(name) + snapshotsSuffix,
    async read(file, signal) {
      const place = new URL(url)
      const folder = place.pathname.slice(0, place.pathname.lastIndexOf('/') + 1)
      place.pathname = folder + file.split('/').map(encodeURIComponent).join('/')
      return await whole(readHttpFile(place.href, { ...http, maxBytes: maxFileBytes }, signal))
    },
    close: () => Promise.resolve(),
  }
}

/** Files come as what casync takes for archives: it sends them as they are (spec casync §3.5). */
function openSshFiles(host: string, store: string, { sshPath, remotePath }: RemoteOptions): RemoteFiles {
  const name = nameOf(store)
  const ending = new AbortController()
  const start = (what: { readonly archive: string } | { readonly store: string }) =>
    startRemoteProgram({ host, sshPath, remotePath }, { verb: 'pull', ...what })
  const chunks = new SshStore(() => start({ store }), {}, ending.signal)
  return {
    chunks,
    snapshots: name + snapshotsSuffix,
    async read(file, signal) {
      const program = start({ archive: path.posix.join(path.posix.dirname(store), file) })
      try {
        const both = AbortSignal.any([signal, ending.signal])
        const session = await PullSession.open(program.pipes, { archive: true }, {}, both)
        try {
          return await whole(session.archive())
        } finally {
          await session.close()
        }
      } catch (error) {
        signal.throwIfAborted()
        throw notFoundIf(await withLastWords(error, program), program.lastWords, file)
      } finally {
        await program.close()
      }
    },
    async close() {
      await chunks.close()
      ending.abort()
    },
  }
}

/** casync says nothing on the line when a file is not there, only to whoever reads its errors. */
function notFoundIf(error: unknown, lastWords: string, file: string): unknown {
  if (!lastWords.includes('No such file or directory')) return error
  return new HoldfastError('path/not-found', { detail: file, cause: error })
}

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const piece of pieces) {
    sizeBytes += piece.length
    if (sizeBytes > maxFileBytes)
      throw new HoldfastError('index/corrupt', { detail: 'A file is too large to be read.' })
    parts.push(piece)
  }
  return Buffer.concat(parts)
}

function trimmed(place: string): string {
  return place.replace(/\/+$/, '')
}

function nameOf(store: string): string {
  const name = path.posix.basename(store)
  if (!name.endsWith(storeSuffix) || name === storeSuffix) throw invalid()
  return name.slice(0, -storeSuffix.length)
}

/** Without the address, which may hold a password. */
function invalid(): HoldfastError {
  return new HoldfastError('input/invalid', {
    detail: 'This is not the address of a casync store.',
    hint: 'Use https://host/path/name.castr or casync+ssh://user@host/path/name.castr.',
  })
}
