import { writeFile } from 'node:fs/promises'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { changeDisk } from '../../../storage/datastore/disk-error.ts'

/** How to reach a server. A socket goes before a host. */
export interface ServerConnection {
  readonly socket?: string | undefined
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
}

/** Groups that the backup tools and the clients read. */
const groups = ['client', 'mariadb-backup', 'xtrabackup']

/**
 * Writes login and address where only its owner can read them, so that they are on no command line (spec §12.2).
 * `serverConfig` is the server's own file, which the tool wants for the places of its data.
 */
export async function writeDefaultsFile(
  file: string,
  connection: ServerConnection,
  serverConfig?: string,
): Promise<void> {
  const pairs = [
    ['user', connection.user],
    ['password', connection.password],
    ['socket', connection.socket],
    ['host', connection.socket === undefined ? hostOf(connection) : undefined],
    ['port', connection.socket === undefined ? connection.port?.toString() : undefined],
  ] as const
  const lines = pairs.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${quote(name, value)}`]))
  const include = serverConfig === undefined ? [] : [`!include ${checked('server configuration', serverConfig)}`]
  const text = [...include, ...groups.flatMap((group) => [`[${group}]`, ...lines])].join('\n')
  await changeDisk(file, () => writeFile(file, `${text}\n`, { mode: 0o600, flag: 'wx' }))
}

/**
 * To the programs `localhost` means the usual socket, whatever the port: a second server of this computer would be mistaken for the
 * first. Whoever names a port means that port.
 */
function hostOf({ host, port }: ServerConnection): string | undefined {
  return host === 'localhost' && port !== undefined ? '127.0.0.1' : host
}

/** In quotes `#` and spaces are themselves; a backslash begins an escape everywhere. */
function quote(name: string, value: string): string {
  return `"${checked(name, value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

function checked(name: string, value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get in
  if (/[\u0000-\u001f\u007f]/.test(value))
    throw new HoldfastError('input/invalid', { detail: `The ${name} has characters that no options file can hold.` })
  return value
}
