import { lstat, rm } from 'node:fs/promises'
import path from 'node:path'
import { type BackupTool, findBackupTool } from '../tool/backup-tool.ts'
import { requireHarmlessSettings } from '../tool/harmless-settings.ts'
import { prepareBackup, requireFittingTool } from '../tool/prepare-backup.ts'
import { type BackupDescription, readDescription } from '../tool/read-description.ts'
import { type KvBlock, pairValue } from '../wire/kv-block.ts'
import { Refusal, type Session } from './session.ts'

/** Incrementals on one full; a plan of one an hour and a full a month has fewer. */
const incrementalsLimit = 1000
/** Between two blocks that say that the tool still works. */
const tellEveryMs = 1000

/**
 * Makes backups that `copy to` brought ready to be started from: a full, and the incrementals on it in their order. A block
 * now and then says that the tool is at work; the last says OK. What does not fit is refused before anything is changed;
 * what the tool fails at is worth nothing any more, and is removed. Ours (spec xtrabackup-agent §10, §12.5).
 *
 *     action=prepare  bkm-folder=base-1-7  bkm-incrementals=next-2-8 last-3-9
 */
export async function servePrepare(session: Session, request: KvBlock): Promise<void> {
  const { options, takeSlot } = session.state
  const { restoreFolder } = options
  if (restoreFolder === undefined) throw new Refusal('This agent takes no backups.')
  const names = [pairValue(request, 'bkm-folder') ?? '', ...words(pairValue(request, 'bkm-incrementals'))]
  if (names.length > incrementalsLimit + 1) throw new Refusal('bkm-incrementals names too many.')
  if (new Set(names).size < names.length) throw new Refusal('bkm-incrementals names one twice.')
  const folders: string[] = []
  for (const name of names) folders.push(await requireBackup(restoreFolder, name))
  const freeSlot = takeSlot()
  if (freeSlot === undefined) throw new Refusal('As many transfers as this agent makes at a time are running.')
  try {
    session.watchPeer()
    const tool = await findBackupTool(options.tool, session.signal)
    const last = await requireChain(folders, tool)
    const [base = '', ...incrementals] = folders
    await prepare(session, tool, { base, incrementals })
    await session.sendBlock([
      ['status', 'OK'],
      ['bkm-folder', names[0] ?? ''],
      ['to-lsn', String(last.checkpoints.toLsn)],
      ['tool-version', tool.version],
    ])
  } finally {
    freeSlot()
  }
}

async function prepare(
  session: Session,
  tool: BackupTool,
  { base, incrementals }: { readonly base: string; readonly incrementals: readonly string[] },
): Promise<void> {
  await session.sendBlock([
    ['status', 'PREPARING'],
    ['bkm-ext', '1'],
  ])
  let toldAt = 0
  const onLine = (line: string): void => {
    session.state.emit({ kind: 'line', connection: session.connection, line })
    if (Date.now() - toldAt < tellEveryMs) return
    toldAt = Date.now()
    // A caller who is gone is heard of by its own way.
    session.sendBlock([['status', 'PREPARING'], ...([['msg', line]] as const)]).catch(() => {})
  }
  try {
    await prepareBackup(base, incrementals, { tool, signal: session.signal, onLine })
    for (const folder of incrementals) await rm(folder, { recursive: true })
  } catch (error) {
    for (const folder of [base, ...incrementals]) await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** A folder right below the one for restores, as `copy to` names them; never by way of a link. */
async function requireBackup(restoreFolder: string, name: string): Promise<string> {
  const refused = new Refusal(`There is no backup ${JSON.stringify(name.slice(0, 100))} here.`)
  if (!/^[A-Za-z0-9_-]{1,200}$/.test(name)) throw refused
  const folder = path.join(restoreFolder, name)
  const found = await lstat(folder).catch(() => undefined)
  if (found?.isDirectory() !== true) throw refused
  return folder
}

/** Everything that the tool would trip over in the middle; returns what the last of them says of itself. */
async function requireChain(folders: readonly string[], tool: BackupTool): Promise<BackupDescription> {
  let before: BackupDescription | undefined
  for (const folder of folders) {
    const description = await readDescription(folder)
    const { checkpoints, info } = description
    if (checkpoints.backupType === 'log-applied' || checkpoints.backupType === 'full-prepared')
      throw new Refusal('It is prepared already.')
    if (checkpoints.fromLsn !== (before?.checkpoints.toLsn ?? 0n))
      throw new Refusal(
        before === undefined
          ? 'The first is no full backup.'
          : `An incremental begins at ${checkpoints.fromLsn}, and what it is to build on ends at ${before.checkpoints.toLsn}.`,
      )
    const family = /maria/i.test(`${info.toolName} ${info.serverVersion}`) ? 'mariadb' : 'percona'
    requireFittingTool(tool, { family, serverVersion: info.serverVersion })
    await requireHarmlessSettings(folder)
    before = description
  }
  if (before === undefined) throw new Refusal('No backup is named.')
  return before
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(' ').filter((word) => word !== '')
}
