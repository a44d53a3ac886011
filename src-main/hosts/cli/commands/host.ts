import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { type ListenAddress, type ServerConfig, serverConfig } from '../../../../src-shared/model/server.ts'
import type { OfferedDatastore } from '../../../app/servers/running-server.ts'
import { startServer } from '../../../app/servers/start-server.ts'
import { defaultDataDirectory } from '../../node/data-directory.ts'
import { Output } from '../output.ts'
import type { GlobalOptions } from '../session.ts'
import { addHostCasyncCommand } from './host-casync.ts'

interface Hosting {
  readonly config: ServerConfig
  readonly secrets?: Readonly<Record<string, string>>
  readonly datastores?: readonly OfferedDatastore[]
}

/** Being the server of a protocol, in the foreground, until Ctrl-C. What the Services screen switches on is another matter. */
export function addHostCommands(program: Command): void {
  const host = program.command('host').description('be the server of a protocol until Ctrl-C')
  host.enablePositionalOptions()
  addHostCasyncCommand(host)
  const collect = (value: string, previous: readonly string[]) => [...previous, value]

  host
    .command('pbs')
    .description('a Proxmox Backup Server; accounts come from `holdfast account`')
    .requiredOption('--datastore <name=folder>', 'a local repository to offer; repeatable', collect, [])
    .option('--listen <address:port>', 'where to listen', '127.0.0.1:8007')
    .action((flags: { datastore: readonly string[]; listen: string }, command: Command) =>
      run(command, {
        config: serverConfig.parse({ kind: 'pbs', listen: readListen(flags.listen) }),
        datastores: flags.datastore.map(readOffer),
      }),
    )
}

async function run(command: Command, { config, secrets = {}, datastores = [] }: Hosting): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>()
  const output = new Output(options.json ?? false)
  const folder = join(options.data ?? defaultDataDirectory(), 'servers', config.kind)
  const server = await startServer(
    { config, folder, secrets, datastores },
    { log: (_level, message) => output.note(message), connectionsChanged: () => {} },
  )
  const { listen, fingerprint } = server
  const address = `${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listen.port}`
  output.result(
    { kind: config.kind, ...listen, fingerprint },
    [
      `Listens at ${address}. Ctrl-C ends it.`,
      ...(fingerprint === undefined ? [] : [`Fingerprint ${fingerprint}`]),
    ].join('\n'),
  )
  await new Promise<void>((done) => {
    process.once('SIGINT', () => done())
    process.once('SIGTERM', () => done())
  })
  await server.close()
}

function readListen(text: string): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    throw new HoldfastError('input/invalid', { detail: text, hint: 'Give an address with a port: 127.0.0.1:8007.' })
  }
  return { host: match[1] ?? match[2] ?? '', port }
}

function readOffer(text: string): OfferedDatastore {
  const at = text.indexOf('=')
  if (at < 1)
    throw new HoldfastError('input/invalid', { detail: text, hint: 'Give a name and a folder: main=/backup.' })
  return { name: text.slice(0, at), path: resolve(text.slice(at + 1)) }
}
