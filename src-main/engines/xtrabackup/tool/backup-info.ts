import { parseAssignments } from './checkpoints.ts'

/** What `xtrabackup_info` says of a backup (spec xtrabackup-agent §12.3). */
export interface BackupInfo {
  readonly serverVersion: string
  readonly toolVersion: string
  readonly toolName: string
  /** As the server's clock has it, `2026-01-01 00:00:00`. */
  readonly startTime: string | undefined
  readonly endTime: string | undefined
  readonly isPartial: boolean
  readonly isIncremental: boolean
  readonly binlog: BinlogPosition | undefined
}

export interface BinlogPosition {
  readonly file: string
  readonly position: bigint
  readonly gtid: string | undefined
}

export function parseBackupInfo(text: string): BackupInfo {
  const pairs = parseAssignments(text)
  return {
    serverVersion: pairs.get('server_version') ?? '',
    toolVersion: pairs.get('tool_version') ?? '',
    toolName: pairs.get('tool_name') ?? '',
    startTime: pairs.get('start_time') || undefined,
    endTime: pairs.get('end_time') || undefined,
    isPartial: pairs.get('partial') === 'Y',
    isIncremental: pairs.get('incremental') === 'Y',
    binlog: parsePosition(pairs.get('binlog_pos') ?? ''),
  }
}

/** `mysql-bin.000001 TAB 641 TAB 0-7-2`; the last part only where GTIDs are used. */
export function parseBinlogInfo(text: string): BinlogPosition | undefined {
  const [file = '', position = '', gtid = ''] = text.trimEnd().split('\t')
  if (file === '' || !/^\d{1,20}$/.test(position)) return undefined
  return { file, position: BigInt(position), gtid: gtid.trim() === '' ? undefined : gtid.trim() }
}

/** `filename 'mysql-bin.000001', position '641', GTID of the last change '0-7-2'`. */
function parsePosition(text: string): BinlogPosition | undefined {
  const match = /^filename '([^']+)', position '(\d{1,20})'(?:, GTID of the last change '([^']*)')?/.exec(text)
  if (match === null) return undefined
  return { file: match[1] ?? '', position: BigInt(match[2] ?? 0), gtid: match[3] || undefined }
}
