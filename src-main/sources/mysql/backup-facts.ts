import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type MysqlFacts, mysqlFacts } from '../../../src-shared/model/mysql-source.ts'
import { parseBackupInfo, parseBinlogInfo } from '../../engines/xtrabackup/tool/backup-info.ts'
import {
  binlogInfoNames,
  checkpointsNames,
  infoNames,
  parseCheckpoints,
} from '../../engines/xtrabackup/tool/checkpoints.ts'
import type { ServerTable } from '../../engines/xtrabackup/tool/server-facts.ts'
import { memberPackings } from '../../engines/xtrabackup/xbstream/member-name.ts'
import type { UnpackedMember } from '../../engines/xtrabackup/xbstream/unpack-xbstream.ts'
import { listTables } from './table-members.ts'

export interface BackupFactsInput {
  /** Where the backup is laid out. */
  readonly folder: string
  readonly members: readonly UnpackedMember[]
  /** Time of the snapshot it builds on. */
  readonly baseTime: number | undefined
  readonly serverUid: string | undefined
  readonly tables: readonly ServerTable[]
  /** What the plan named. */
  readonly only: readonly string[]
}

/** Reads what a backup says of itself. Throws `mysql/incomplete` when it does not. */
export async function readBackupFacts(input: BackupFactsInput): Promise<MysqlFacts> {
  const { folder, members, baseTime, serverUid, tables, only } = input
  const names = new Set(members.map((member) => member.path))
  const read = async (candidates: readonly string[]): Promise<string | undefined> => {
    const name = candidates.find((candidate) => names.has(candidate))
    return name === undefined ? undefined : readFile(path.join(folder, name), 'utf8')
  }
  const checkpoints = parseCheckpoints((await read(checkpointsNames)) ?? '')
  const info = parseBackupInfo((await read(infoNames)) ?? '')
  const binlog = info.binlog ?? parseBinlogInfo((await read(binlogInfoNames)) ?? '')
  const isIncremental = checkpoints.fromLsn !== 0n || checkpoints.backupType === 'incremental'
  if (isIncremental && baseTime === undefined)
    throw new HoldfastError('mysql/incomplete', { detail: 'A full was asked for, and an incremental came.' })
  return {
    format: 1,
    server: {
      version: info.serverVersion,
      family: /maria/i.test(`${info.toolName} ${info.serverVersion}`) ? 'mariadb' : 'percona',
      ...(serverUid !== undefined && { uid: serverUid }),
    },
    toolVersion: info.toolVersion,
    level: isIncremental ? 'incremental' : 'full',
    fromLsn: String(checkpoints.fromLsn),
    toLsn: String(checkpoints.toLsn),
    lastLsn: String(checkpoints.lastLsn),
    ...(isIncremental && baseTime !== undefined && { base: { time: baseTime } }),
    ...(info.startTime !== undefined && { startTime: info.startTime }),
    ...(info.endTime !== undefined && { endTime: info.endTime }),
    ...(binlog !== undefined && {
      binlog: {
        file: binlog.file,
        position: String(binlog.position),
        ...(binlog.gtid !== undefined && { gtid: binlog.gtid }),
      },
    }),
    isPartial: info.isPartial,
    only: [...only],
    packings: [...new Set(members.flatMap((member) => memberPackings(member.path)))],
    databases: listTables(members, tables),
  }
}

export function encodeMysqlFacts(facts: MysqlFacts): Uint8Array {
  return Buffer.from(JSON.stringify(facts))
}

/** From the blob of a snapshot. Throws `mysql/incomplete` for what is none. */
export function parseMysqlFacts(bytes: Uint8Array): MysqlFacts {
  try {
    return mysqlFacts.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (cause) {
    throw new HoldfastError('mysql/incomplete', { detail: 'What the snapshot says of itself cannot be read.', cause })
  }
}
