import { create } from '@bufbuild/protobuf'
import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { type RestoreSnapshotRequest, RestoreSnapshotRequestSchema } from '../generated/server_pb.js'
import { VagrantSnapshots } from '../generated/snapshot_service_pb.js'
import { verifySnapshot } from '../snapshots/snapshot-reader.ts'
import { failure } from '../wire/failure.ts'
import { Mailbox } from '../wire/mailbox.ts'
import type { VagrantConnection } from './connect-vagrant.ts'
import { legacySnapshots } from './legacy-snapshots.ts'
import { translateVagrantError } from './vagrant-error.ts'

const chunkBytes = 64 * 1024
/** Pieces between the network and the check. */
const waitingPieces = 16

/**
 * The server's snapshot as it comes, checked on the way: the end comes only when header, chunks and digest were right. Throws
 * `ProtocolError` otherwise, and whoever stored what came before must discard it. Throws `job-server/unsupported`.
 */
export async function* createSnapshot(
  connection: VagrantConnection,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  const copy = new Mailbox<Uint8Array>(waitingPieces, either)
  const verified = verifySnapshot(copy.receive(), { signal: either })
  // Heard below; until then a failure must not go unheard.
  verified.catch(() => over.abort())
  try {
    for await (const piece of receive(connection, either)) {
      await copy.send(piece)
      yield piece
    }
    copy.close()
    await verified
  } catch (error) {
    signal.throwIfAborted()
    // What the check found says more than the abort it caused.
    copy.fail(error)
    if (over.signal.aborted) await verified
    throw translateVagrantError(error)
  } finally {
    over.abort()
  }
}

export interface RestoreOptions {
  readonly signal: AbortSignal
  /** Ends the server once the snapshot is staged; only for servers that somebody starts again. */
  readonly exit?: boolean
}

/**
 * Stages a snapshot, which takes effect when the server starts again. `open` is called twice: the file is checked whole before any
 * byte is sent, since older servers do not check it. Throws `ProtocolError` for a file that is not whole: nothing was sent then.
 */
export async function restoreSnapshot(
  connection: VagrantConnection,
  open: () => AsyncIterable<Uint8Array>,
  { signal, exit = false }: RestoreOptions,
): Promise<void> {
  await verifySnapshot(open(), { signal })
  const send = async (service: typeof VagrantSnapshots): Promise<void> => {
    await createClient(service, connection.transport).restoreSnapshot(requests(open(), exit), { signal })
  }
  try {
    await eitherPath(send)
  } catch (error) {
    signal.throwIfAborted()
    // Asked to end, it ends without a reply.
    if (exit && error instanceof ConnectError && isLostConnection(error)) return
    throw translateVagrantError(error)
  }
}

async function* receive(connection: VagrantConnection, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let isOpen = false
  const services = [legacySnapshots, VagrantSnapshots] as const
  for (const [i, service] of services.entries()) {
    try {
      for await (const { event } of createClient(service, connection.transport).createSnapshot({}, { signal })) {
        if (event.case === 'open' && !isOpen) isOpen = true
        else if (event.case === 'chunk' && isOpen) yield event.value
        else throw failure('internal', 'a snapshot begins with open, and chunks follow')
      }
      return
    } catch (error) {
      const isLast = i === services.length - 1
      if (isOpen || !isUnimplemented(error)) throw error
      if (isLast) throw noSnapshots(error)
    }
  }
}

/** The path of old servers first, then the companion (section 14.2). */
async function eitherPath(send: (service: typeof VagrantSnapshots) => Promise<void>): Promise<void> {
  try {
    await send(legacySnapshots)
  } catch (error) {
    if (!isUnimplemented(error)) throw error
    try {
      await send(VagrantSnapshots)
    } catch (second) {
      throw isUnimplemented(second) ? noSnapshots(second) : second
    }
  }
}

async function* requests(file: AsyncIterable<Uint8Array>, exit: boolean): AsyncGenerator<RestoreSnapshotRequest> {
  yield create(RestoreSnapshotRequestSchema, { event: { case: 'open', value: { exit } } })
  for await (const piece of file) {
    for (let at = 0; at < piece.length; at += chunkBytes) {
      const value = piece.subarray(at, at + chunkBytes)
      yield create(RestoreSnapshotRequestSchema, { event: { case: 'chunk', value } })
    }
  }
}

function isUnimplemented(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.Unimplemented
}

function isLostConnection({ code }: ConnectError): boolean {
  return code === Code.Unavailable || code === Code.Canceled || code === Code.Aborted || code === Code.Internal
}

function noSnapshots(cause: unknown): HoldfastError {
  return new HoldfastError('job-server/unsupported', { detail: 'This server has no snapshots.', cause })
}
