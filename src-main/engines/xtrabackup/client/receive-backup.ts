import { HoldfastError } from '../../../../src-shared/errors.ts'
import { unpackTar } from '../tar/unpack-tar.ts'
import { checkpointsNames, infoNames } from '../tool/checkpoints.ts'
import { type UnpackedMember, type UnpackOptions, unpackXbstream } from '../xbstream/unpack-xbstream.ts'
import type { CopyReply } from './copy-from.ts'

/** Lays a backup out in a new or empty folder, whichever container it comes in. A backup without its own description is none. */
export async function receiveBackup(
  reply: Extract<CopyReply, { kind: 'stream' }>,
  folder: string,
  options: UnpackOptions,
): Promise<readonly UnpackedMember[]> {
  const unpack = reply.format === 'xbstream' ? unpackXbstream : unpackTar
  try {
    const members = await unpack(reply.data, folder, options)
    requireDescription(members)
    return members
  } finally {
    reply.close()
  }
}

/** Tools write these last: where one is missing, something else is too (spec xtrabackup-agent §7, §12.3). */
export function requireDescription(members: readonly UnpackedMember[]): void {
  const names = new Set(members.map(({ path }) => path))
  for (const wanted of [checkpointsNames, infoNames]) {
    if (!wanted.some((name) => names.has(name)))
      throw new HoldfastError('mysql/incomplete', { detail: `It has no ${wanted.join(' or ')}.` })
  }
}
