import type { Command } from 'commander'
import type { Client } from '../../../../src-shared/contract/index.ts'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { jobServerAddress } from '../../../../src-shared/model/job-server-source.ts'
import type { KnownJobServer } from '../../../../src-shared/model/known-job-server.ts'
import { type PlanSource, planSource } from '../../../../src-shared/model/source.ts'

/** Which job server a command means. */
export interface ServerFlags {
  readonly server?: string
  readonly token?: string
  readonly fingerprint?: string
}

export function withServerFlags(command: Command): Command {
  return command
    .option('--server <name or host:port>', 'the job server; needless where only one is known')
    .option('--token <token>', 'login or invite token of a server that is not known yet (also HOLDFAST_JOB_TOKEN)')
    .option('--fingerprint <sha256>', 'of its certificate, where the system does not trust it by itself')
}

/** A known one by name or address; with a token, one that is remembered from now on. Throws `job-server/…`, `input/invalid`. */
export async function chooseServer(client: Client, flags: ServerFlags): Promise<KnownJobServer> {
  const { server: named, fingerprint } = flags
  const token = flags.token ?? process.env.HOLDFAST_JOB_TOKEN
  if (named !== undefined && token !== undefined) {
    return client.jobServers.add({
      name: named,
      address: named,
      token,
      ...(fingerprint === undefined ? {} : { fingerprint }),
    })
  }
  const all = await client.jobServers.list()
  const found = named === undefined ? all : all.filter(({ name, address }) => name === named || address === named)
  const [only, second] = found
  if (only !== undefined && second === undefined) return only
  throw new HoldfastError('input/invalid', {
    detail: only === undefined ? 'No such job server is known here.' : 'More than one job server is known here.',
    hint:
      only === undefined
        ? 'Log in first: holdfast remote login --server host:port --token …'
        : `Name it with --server: ${found.map(({ name }) => name).join(', ')}.`,
  })
}

/** All that a server keeps, as something to back up. Throws as `chooseServer` does. */
export async function jobServerSourceOf(client: Client, flags: ServerFlags): Promise<PlanSource> {
  const server = await chooseServer(client, flags)
  return planSource.parse({ kind: 'job-server', ...jobServerAddress.parse(server), serverId: server.id })
}
