import { HoldfastError } from '../../../../src-shared/errors.ts'
import { findProgram } from './find-program.ts'
import { runProgram } from './spawn-program.ts'

/** The program that makes physical backups, and what it can (spec xtrabackup-agent §12.1). */
export interface BackupTool {
  readonly path: string
  readonly family: 'mariadb' | 'percona'
  /** As it says itself, such as `10.11.19-MariaDB` or `8.0.35-30`. */
  readonly version: string
  /** Percona up to 2.4 makes tar itself; everything newer makes xbstream only. */
  readonly canTar: boolean
}

const toolNames = ['mariadb-backup', 'mariabackup', 'xtrabackup']

/** Looks at the configured program, or for one. Throws `mysql/tool-missing`. */
export async function findBackupTool(configured: string | undefined, signal: AbortSignal): Promise<BackupTool> {
  const path = configured ?? findProgram(toolNames)
  const { output, errors } = await runProgram(path, ['--version'], { signal })
  const tool = parseToolVersion(path, `${output}\n${errors.last()}`)
  if (tool === undefined)
    throw new HoldfastError('mysql/tool-missing', {
      detail: `${path} says neither that it is mariadb-backup nor xtrabackup.`,
    })
  return tool
}

/**
 *     mariadb-backup based on MariaDB server 10.11.19-MariaDB debian-linux-gnu (x86_64)
 *     xtrabackup version 8.0.35-30 based on MySQL server 8.0.35 Linux (x86_64) (revision id: 6beb4b49)
 *     xtrabackup  Ver 1.5.1
 */
export function parseToolVersion(path: string, text: string): BackupTool | undefined {
  const mariadb = /based on MariaDB server (\d[\w.+-]*)/.exec(text)?.[1]
  if (mariadb !== undefined) return { path, family: 'mariadb', version: mariadb, canTar: false }
  const percona = /xtrabackup\s+(?:version|Ver)\s+(\d[\w.+-]*)/i.exec(text)?.[1]
  if (percona === undefined) return undefined
  const [major = 0, minor = 0] = percona.split('.').map(Number)
  return { path, family: 'percona', version: percona, canTar: major < 2 || (major === 2 && minor <= 4) }
}
