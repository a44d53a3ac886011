import { createReadStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { HoldfastError, ProtocolError } from '../../../../src-shared/errors.ts'
import type { VagrantConnection } from '../../../engines/vagrant/client/connect-vagrant.ts'
import { createSnapshot, restoreSnapshot } from '../../../engines/vagrant/client/transfer-snapshot.ts'
import { errorCode } from '../../../os/system-error.ts'
import { callFailure } from '../../../sources/job-server/server-connection.ts'
import { bytes } from '../format.ts'
import { resolveRepository, resolveSnapshot } from '../resolve.ts'
import { followJob } from '../run-job.ts'
import { type GlobalOptions, type Session, withSession } from '../session.ts'
import { chooseServer, type ServerFlags, withServerFlags } from './job-server-choice.ts'

interface RestoreFlags extends ServerFlags {
  readonly repository?: string
}

/** The whole state of a job server as one file, and back: header, chunks and checksum are checked in both directions. */
export function addRemoteSnapshotCommands(remote: Command): void {
  withServerFlags(remote.command('snapshot').description('store everything a job server keeps in one file'))
    .argument('<file>', 'must not be there yet')
    .action((file: string, flags: ServerFlags, command: Command) =>
      withConnection(command, flags, async (connection, { output, signal }) => {
        const size = await store(resolve(file), createSnapshot(connection, signal))
        output.result({ file: resolve(file), sizeBytes: size }, `Stored ${bytes(size)}, checked whole.`)
      }),
    )

  withServerFlags(
    remote.command('restore').description('put what a job server kept back; it counts when the server starts again'),
  )
    .argument('<file or snapshot>', 'a file of `holdfast remote snapshot` or Vagrant’s own; with -r a snapshot there')
    .option('-r, --repository <repository>', 'name or address of the repository that has the snapshot')
    .action((named: string, flags: RestoreFlags, command: Command) =>
      flags.repository === undefined ? restoreFile(named, flags, command) : restoreStored(named, flags, command),
    )
}

function restoreFile(file: string, flags: ServerFlags, command: Command): Promise<void> {
  return withConnection(command, flags, async (connection, { output, signal }) => {
    await restoreSnapshot(connection, () => createReadStream(resolve(file)), { signal })
    output.result({ file: resolve(file) }, 'Sent, and checked whole. It takes effect when the job server starts again.')
  })
}

/** As a job of this computer: it is seen in Activity, and can be cancelled there. */
function restoreStored(named: string, flags: RestoreFlags, command: Command): Promise<void> {
  return withSession(command.optsWithGlobals<GlobalOptions>(), async (session) => {
    const { client, output } = session
    const { id: serverId } = await chooseServer(client, flags)
    const repository = await resolveRepository(client, flags.repository)
    const snapshot = await resolveSnapshot(client, named, repository)
    const { status } = await followJob(session, await client.jobServers.restore({ snapshotId: snapshot.id, serverId }))
    if (status.state === 'success') output.note('It takes effect when the job server starts again.')
  })
}

function withConnection(
  command: Command,
  flags: ServerFlags,
  work: (connection: VagrantConnection, session: Session) => Promise<void>,
): Promise<void> {
  return withSession(command.optsWithGlobals<GlobalOptions>(), async (session) => {
    const { id } = await chooseServer(session.client, flags)
    const connection = await (await session.app.remoteServers()).connect(id, session.signal)
    try {
      await work(connection, session)
    } catch (error) {
      throw fileFailure(error)
    } finally {
      connection.close()
    }
  })
}

/** What is wrong with the file, or with the call. */
function fileFailure(error: unknown): unknown {
  if (error instanceof ProtocolError)
    return new HoldfastError('protocol/violation', {
      detail: error.message,
      hint: 'Nothing was changed.',
      cause: error,
    })
  const code = errorCode(error)
  if (code === 'EEXIST')
    return new HoldfastError('input/invalid', { detail: 'There is a file with this name already.' })
  if (code === 'ENOENT') return new HoldfastError('path/not-found', { cause: error })
  return callFailure(error)
}

/** Under a name of its own until it is whole and on the disk: half of a snapshot is none. */
async function store(path: string, pieces: AsyncIterable<Uint8Array>): Promise<number> {
  await (await open(path, 'wx', 0o600)).close() // nobody else's file is replaced
  const partial = `${path}.partial`
  try {
    const file = await open(partial, 'w', 0o600)
    let size = 0
    try {
      for await (const piece of pieces) {
        await file.writeFile(piece)
        size += piece.length
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(partial, path)
    return size
  } catch (error) {
    await Promise.all([rm(partial, { force: true }), rm(path, { force: true })])
    throw error
  }
}
