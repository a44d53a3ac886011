import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { errorCode } from '../../../os/system-error.ts'

/** The tool obeys the settings in a backup: those that load code are nothing that a backup from elsewhere may ask for. */
export async function requireHarmlessSettings(folder: string): Promise<void> {
  let text: string
  try {
    text = await readFile(path.join(folder, 'backup-my.cnf'), 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  const odd = text
    .split(/\r?\n/)
    .find((line) => /^\s*(?:!|(?:loose[-_])?(?:plugin|early[-_]plugin|init[-_]file))/i.test(line))
  if (odd !== undefined)
    throw new HoldfastError('mysql/tool-failed', {
      detail: `The backup's own settings would load code here: ${odd.slice(0, 200)}`,
    })
}
