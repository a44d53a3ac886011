import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const entryName = 'holdfast.desktop'

/** Where programs of a desktop stand that start with it (XDG Autostart Specification). */
export function autostartFolder(home: string, environment: NodeJS.ProcessEnv): string {
  return join(environment.XDG_CONFIG_HOME || join(home, '.config'), 'autostart')
}

/** Starts a command with each login to the desktop, or no longer. */
export async function setAutostart(folder: string, command: readonly string[] | undefined): Promise<void> {
  const path = join(folder, entryName)
  if (command === undefined) return rm(path, { force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(path, autostartEntry(command))
}

function autostartEntry(command: readonly string[]): string {
  return `[Desktop Entry]
Type=Application
Name=Holdfast
Exec=${command.map(execWord).join(' ')}
Terminal=false
X-GNOME-Autostart-enabled=true
`
}

/**
 * Quoted for `Exec` (Desktop Entry Specification, "The Exec key"): the word's own escapes, then those of every value, then
 * `%`, which begins a field code.
 */
function execWord(word: string): string {
  const quoted = word.replaceAll(/["`$\\]/g, '\\$&')
  return `"${quoted.replaceAll('\\', '\\\\').replaceAll('%', '%%')}"`
}
