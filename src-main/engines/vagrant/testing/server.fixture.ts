import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Vagrant } from '../generated/server_pb.js'
import type { OutputLimits } from '../jobs/output-buffer.ts'
import { createVagrantServer, type VagrantServer, type VagrantServerOptions } from '../server/create-vagrant-server.ts'
import type { VagrantServerEvent } from '../server/server-event.ts'
import { openVagrantState, type VagrantState } from '../storage/open-vagrant-state.ts'
import { GrpcJsPeer, type PeerOptions } from './grpc-js-peer.fixture.ts'
import { ManualClock } from './manual-clock.fixture.ts'

export const { method: methods } = Vagrant

export interface TestServer {
  readonly folder: string
  readonly port: number
  readonly clock: ManualClock
  readonly state: VagrantState
  readonly server: VagrantServer
  readonly events: VagrantServerEvent[]
  /** grpc-js, on a connection of its own. */
  peer(options?: PeerOptions): GrpcJsPeer
  /** Stops everything and starts again on the same files and the same port. */
  restart(): Promise<TestServer>
  stop(): Promise<void>
}

export type TestServerOptions = Partial<Omit<VagrantServerOptions, 'store' | 'queue' | 'snapshots' | 'clock'>> & {
  readonly output?: Partial<OutputLimits>
  readonly folder?: string
  readonly port?: number
  readonly clock?: ManualClock
}

/** A fresh, empty server over a real socket; time stands still until the test moves it. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const folder = options.folder ?? (await temporaryFolder())
  const clock = options.clock ?? new ManualClock()
  const { output = {}, port: wantedPort = 0, ...rest } = options
  const state = await openVagrantState({ file: join(folder, 'data.db'), signal: never(), clock, output })
  const { store, queue, snapshots } = state
  const server = createVagrantServer({
    requireAuth: false,
    ...rest,
    store,
    queue,
    snapshots,
    clock,
    limits: { graceMs: 50, ...rest.limits },
  })
  const events: VagrantServerEvent[] = []
  server.onEvent((event) => void events.push(event))
  const port = await server.listen('127.0.0.1', wantedPort)
  const peers: GrpcJsPeer[] = []
  let isStopped = false
  const stop = async (): Promise<void> => {
    if (isStopped) return
    isStopped = true
    for (const peer of peers) peer.close()
    await server.close()
    state.close()
  }
  onTestFinished(stop)
  return {
    folder,
    port,
    clock,
    state,
    server,
    events,
    peer(peerOptions) {
      const peer = new GrpcJsPeer(port, peerOptions)
      peers.push(peer)
      return peer
    },
    async restart() {
      await stop()
      return await startTestServer({ ...options, folder, port, clock })
    },
    stop,
  }
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-vagrant-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Looks again until it is so; fails with the test's own time limit. */
export async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2))
}

export function never(): AbortSignal {
  return new AbortController().signal
}
