import { create } from '@bufbuild/protobuf'
import { EmptySchema } from '@bufbuild/protobuf/wkt'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type CreateSnapshotResponse,
  CreateSnapshotResponseSchema,
  type RestoreSnapshotRequest,
  type VersionInfo,
} from '../generated/server_pb.js'
import type { SnapshotStore } from '../storage/open-vagrant-state.ts'
import { failure } from '../wire/failure.ts'
import type { ServerEventListener } from './server-event.ts'
import type { TokenAuthority } from './token-authority.ts'

/** Well below the 4 MiB of a message. */
const chunkBytes = 64 * 1024

export interface SnapshotServiceOptions {
  readonly snapshots: SnapshotStore
  readonly version: VersionInfo
  readonly emit: ServerEventListener
  readonly tokens: TokenAuthority
  /** Closes everything and ends the process with code 2; does not come back. Absent where the host does not allow it. */
  readonly exit?: (() => Promise<never>) | undefined
}

/** Methods 35 and 36 of section 7, for both paths (section 14). */
export function snapshotMethods({ snapshots, version, emit, tokens, exit }: SnapshotServiceOptions) {
  async function* createSnapshot(): AsyncGenerator<CreateSnapshotResponse> {
    yield create(CreateSnapshotResponseSchema, { event: { case: 'open', value: {} } })
    for await (const piece of snapshots.create(version)) {
      for (let at = 0; at < piece.length; at += chunkBytes) {
        yield create(CreateSnapshotResponseSchema, {
          event: { case: 'chunk', value: piece.subarray(at, at + chunkBytes) },
        })
      }
    }
  }

  async function restoreSnapshot(requests: AsyncIterable<RestoreSnapshotRequest>, { signal }: HandlerContext) {
    const messages = requests[Symbol.asyncIterator]()
    const first = await messages.next()
    if (first.done || first.value.event.case !== 'open') throw failure('failed-precondition', 'open expected')
    if (first.value.event.value.exit && exit === undefined) {
      throw failure('failed-precondition', 'this server is not ended from outside')
    }
    const { sha256, keys } = await snapshots.stage(chunksOf(messages), signal)
    emit({ type: 'restore-staged', sha256, endsTokens: !tokens.areGoodWith(keys) })
    if (first.value.event.value.exit) await exit?.()
    return create(EmptySchema)
  }

  return { createSnapshot, restoreSnapshot }
}

async function* chunksOf(messages: AsyncIterator<RestoreSnapshotRequest>): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { done, value } = await messages.next()
    if (done) return
    if (value.event.case !== 'chunk') throw failure('failed-precondition', 'chunk expected')
    yield value.event.value
  }
}
