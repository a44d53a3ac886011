import { opendir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { tarFiles, walkFiles } from '../tar/tar-files.ts'
import { unpackTarInto } from '../tar/unpack-tar.ts'
import { compressStream } from '../wire/compression.ts'
import { defaultBlockBytes } from '../wire/limits.ts'
import type { OldRequest } from '../wire/old-dialect.ts'
import { ungzipIfNeeded } from '../wire/ungzip.ts'
import { decodeUuencode, encodeUuencode } from '../wire/uuencode.ts'
import { describeFailure, Refusal, type Session } from './session.ts'

/** Those that answer with a text: a status line, a count, so many lines. */
const withReply = new Set(['copy between', 'snapshot', 'create-link'])

/**
 * `copy from` and `copy to` of the dialect 1.8, inside the folders that are configured for it (spec xtrabackup-agent §9).
 * Everything else is refused: as a text where one is expected, else by closing.
 */
export async function serveOldDialect(session: Session, request: OldRequest): Promise<void> {
  session.action = request.action
  session.state.emit({ kind: 'request', connection: session.connection })
  try {
    if (request.action === 'copy from') await copyFrom(session, request)
    else if (request.action === 'copy to') await copyTo(session, request)
    else throw new Refusal(`This agent does not ${JSON.stringify(request.action)}.`)
  } catch (error) {
    const reason = describeFailure(error)
    session.state.emit({ kind: 'failed', connection: session.connection, reason })
    if (!(error instanceof Refusal)) throw error
    if (withReply.has(request.action)) await session.send(`ERROR\n1\n${reason}\n`)
  }
}

async function copyFrom(session: Session, { parameters, version }: OldRequest): Promise<void> {
  const isWholeFolder = /\/\.?$/.test(parameters)
  const folder = await requireInside(session, isWholeFolder ? parameters : path.dirname(parameters))
  const names = isWholeFolder ? walkFiles(folder) : matching(folder, path.basename(parameters))
  const { uid, gid } = await stat(folder)
  // The stock server packs its archives, the variant does not.
  const tar = compressStream(tarFiles(folder, names, { uid, gid }), version === '1.8' ? 'gzip' : 'none')
  for await (const frame of encodeUuencode(tar, defaultBlockBytes)) await session.send(frame)
}

async function copyTo(session: Session, { parameters }: OldRequest): Promise<void> {
  const folder = await requireInside(session, parameters)
  const tar = ungzipIfNeeded(decodeUuencode(session.reader, defaultBlockBytes))
  await unpackTarInto(tar, folder, { signal: session.signal })
}

async function requireInside(session: Session, wanted: string): Promise<string> {
  const refused = new Refusal('The folder is not one of those that this agent serves.')
  const real = async (folder: string): Promise<string> =>
    realpath(folder).catch(() => {
      throw refused
    })
  const folder = await real(wanted)
  for (const allowed of session.state.options.oldDialectFolders ?? []) {
    const root = await real(allowed)
    if (folder === root || folder.startsWith(root.endsWith(path.sep) ? root : root + path.sep)) return folder
  }
  throw refused
}

/** The files of a folder whose name fits; `*` is the only thing that means something else. */
async function* matching(folder: string, pattern: string): AsyncGenerator<string> {
  const parts = pattern.split(/\*+/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  if (parts.length > 5) throw new Refusal('The pattern has too many asterisks.')
  const expression = new RegExp(`^${parts.join('[^/]*')}$`)
  for await (const entry of await opendir(folder)) if (entry.isFile() && expression.test(entry.name)) yield entry.name
}
