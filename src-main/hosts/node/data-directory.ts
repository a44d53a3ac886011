import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Where Holdfast keeps its catalog, keys and default repository: the same folder for window, browser and command line.
 * `HOLDFAST_DATA` overrides the custom of the platform.
 */
export function defaultDataDirectory(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (environment.HOLDFAST_DATA) return environment.HOLDFAST_DATA
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Holdfast')
  if (platform === 'win32') return join(environment.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Holdfast')
  return join(environment.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'holdfast')
}
