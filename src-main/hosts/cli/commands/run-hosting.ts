import { join } from 'node:path'
import type { Command } from 'commander'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { ListenAddress, ServerConfig } from '../../../../src-shared/model/server.ts'
import type { OfferedDatastore, OfferedSnapshot, RunningServer } from '../../../app/servers/running-server.ts'
import { startInThread } from '../../../app/servers/server-thread.ts'
import { defaultDataDirectory } from '../../node/data-directory.ts'
import { Output } from '../output.ts'
import type { GlobalOptions } from '../session.ts'

export interface Hosting {
  readonly config: ServerConfig
  readonly secrets?: Readonly<Record<string, string>>
  readonly datastores?: readonly OfferedDatastore[]
  readonly snapshot?: OfferedSnapshot | undefined
}

/**
 * A server in the foreground, until Ctrl-C. In a thread as the Services screen has it, since the heap of the command line is large:
 * of the processor time of a server of Proxmox Backup in the same thread, the collector took two fifths.
 */
export async function runHosting(
  command: Command,
  { config, secrets = {}, datastores = [], snapshot }: Hosting,
): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>()
  const output = new Output(options.json ?? false)
  const folder = join(options.data ?? defaultDataDirectory(), 'servers', config.kind)
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>()
  ended.catch(() => undefined) // before it is waited for
  const server = await startInThread(
    { config, folder, secrets, datastores, snapshot },
    {
      log: (_level, message) => output.note(message),
      connectionsChanged: () => {},
      ended: fail,
      bug: (text) => output.note(text),
    },
  )
  const { listen, fingerprint } = server
  output.result({ kind: config.kind, ...listen, fingerprint }, listeningLines(server).join('\n'))
  process.once('SIGINT', () => end())
  process.once('SIGTERM', () => end())
  await ended
  await server.close()
}

export function listeningLines({ listen, fingerprint }: Pick<RunningServer, 'listen' | 'fingerprint'>): string[] {
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  const lines = [`Listens at ${host}:${listen.port}. Ctrl-C ends it.`]
  return fingerprint === undefined ? lines : [...lines, `Fingerprint ${fingerprint}`]
}

/** `127.0.0.1:8007` or `[::1]:8007`. */
export function readListen(text: string): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    throw new HoldfastError('input/invalid', { detail: text, hint: 'Give an address with a port: 127.0.0.1:8007.' })
  }
  return { host: match[1] ?? match[2] ?? '', port }
}
