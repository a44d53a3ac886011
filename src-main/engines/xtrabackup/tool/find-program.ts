import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'
import { HoldfastError } from '../../../../src-shared/errors.ts'

/** Where servers are on systems that keep them out of the PATH of ordinary users, and where packages put them. */
const moreFolders = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin', '/usr/local/mysql/bin']

/** The first of these names that is a program in the PATH, or in the usual places. Throws `mysql/tool-missing`. */
export function findProgram(names: readonly string[], searchPath = process.env.PATH ?? ''): string {
  const folders = [...searchPath.split(path.delimiter).filter(path.isAbsolute), ...moreFolders]
  for (const name of names) {
    for (const folder of folders) {
      const file = path.join(folder, name)
      if (isProgram(file)) return file
    }
  }
  throw new HoldfastError('mysql/tool-missing', {
    detail: `None of these is installed: ${names.join(', ')}.`,
    hint: 'Install mariadb-backup (Debian: mariadb-backup), or name the program in the plan.',
  })
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
