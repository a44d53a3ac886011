import { rm } from 'node:fs/promises'
import path from 'node:path'
import { decodeFrames } from '../wire/bkm-frames.ts'
import { type KvBlock, pairValue } from '../wire/kv-block.ts'
import { unpackXbstream } from '../xbstream/unpack-xbstream.ts'
import { Refusal, type Session } from './session.ts'

/**
 * Takes a backup to be restored here: an xbstream in our frames, into a new folder below the one that is configured for it,
 * never into the data of a server. Ours (spec xtrabackup-agent §10).
 */
export async function serveCopyTo(session: Session, request: KvBlock): Promise<void> {
  const { restoreFolder } = session.state.options
  if (restoreFolder === undefined) throw new Refusal('This agent takes no backups.')
  if (pairValue(request, 'bkm-stream-format') !== 'xbstream') throw new Refusal('This agent takes xbstream only.')
  const freeSlot = session.state.takeSlot()
  if (freeSlot === undefined) throw new Refusal('As many transfers as this agent makes at a time are running.')
  const name = `${(session.sid ?? '').replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(-80)}-${session.state.now()}-${session.id}`
  const folder = path.join(restoreFolder, name)
  try {
    await session.sendBlock([
      ['status', 'RECEIVING'],
      ['bkm-ext', '1'],
    ])
    await unpackXbstream(
      decodeFrames(session.reader, () => {}),
      folder,
      { signal: session.signal },
    )
    await session.sendBlock([
      ['status', 'OK'],
      ['bkm-folder', name],
    ])
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  } finally {
    freeSlot()
  }
}
