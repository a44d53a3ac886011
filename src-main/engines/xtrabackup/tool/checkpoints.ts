import { HoldfastError } from '../../../../src-shared/errors.ts'

/** `xtrabackup_checkpoints` (spec xtrabackup-agent §12.3): where a backup begins and ends, in the server's log. */
export interface Checkpoints {
  readonly backupType: string
  /** 0 in a full backup; in an incremental the `toLsn` of what it builds on. */
  readonly fromLsn: bigint
  /** The last checkpoint: what the next incremental begins with. */
  readonly toLsn: bigint
  /** Where copying of the log stopped. */
  readonly lastLsn: bigint
}

/** Newer MariaDB calls its files otherwise. */
export const checkpointsNames = ['xtrabackup_checkpoints', 'mariadb_backup_checkpoints'] as const
export const infoNames = ['xtrabackup_info', 'mariadb_backup_info'] as const
export const binlogInfoNames = ['xtrabackup_binlog_info', 'mariadb_backup_binlog_info'] as const

export function parseCheckpoints(text: string): Checkpoints {
  const pairs = parseAssignments(text)
  const lsn = (name: string): bigint => {
    const value = pairs.get(name)
    if (value === undefined || !/^\d{1,20}$/.test(value)) throw damaged(`${name} is ${value ?? 'missing'}`)
    return BigInt(value)
  }
  const backupType = pairs.get('backup_type')
  if (backupType === undefined) throw damaged('backup_type is missing')
  const found = { backupType, fromLsn: lsn('from_lsn'), toLsn: lsn('to_lsn'), lastLsn: lsn('last_lsn') }
  if (found.toLsn < found.fromLsn || found.lastLsn < found.toLsn)
    throw damaged(`it leads from ${found.fromLsn} over ${found.toLsn} to ${found.lastLsn}`)
  return found
}

/** Lines of `name = value`; the value may hold `=` again. */
export function parseAssignments(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const equals = line.indexOf('=')
    if (equals > 0) pairs.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim())
  }
  return pairs
}

function damaged(what: string): HoldfastError {
  return new HoldfastError('mysql/incomplete', { detail: `Its checkpoints are damaged: ${what}.` })
}
