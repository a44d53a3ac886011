import type { MessageInitShape } from '@bufbuild/protobuf'
import { status } from '@grpc/grpc-js'
import { expect } from 'vitest'
import type { BasisSchema, BoxSchema, ProjectSchema, TargetSchema } from '../generated/server_pb.js'
import { failureOf, type GrpcJsPeer } from './grpc-js-peer.fixture.ts'
import { methods, startTestServer } from './server.fixture.ts'

/** Each kind of record as it is written and asked for over the wire. */
function recordsOf(peer: GrpcJsPeer) {
  return {
    basis: async (basis: MessageInitShape<typeof BasisSchema>) =>
      (await peer.call(methods.upsertBasis, { basis })).basis,
    project: async (project: MessageInitShape<typeof ProjectSchema>) =>
      (await peer.call(methods.upsertProject, { project })).project,
    target: async (target: MessageInitShape<typeof TargetSchema>) =>
      (await peer.call(methods.upsertTarget, { target })).target,
    box: async (box: MessageInitShape<typeof BoxSchema>) => (await peer.call(methods.upsertBox, { box })).box,
    getBasis: async (resourceId: string) => (await peer.call(methods.getBasis, { basis: { resourceId } })).basis,
    getProject: async (resourceId: string) =>
      (await peer.call(methods.getProject, { project: { resourceId } })).project,
    getTarget: async (resourceId: string) => (await peer.call(methods.getTarget, { target: { resourceId } })).target,
  }
}

/** A server with a basis `b` and a project `p`. */
export async function startWithRecords() {
  const server = await startTestServer()
  const peer = server.peer()
  const records = recordsOf(peer)
  const basisId = (await records.basis({ name: 'b', path: '/b' }))?.resourceId ?? ''
  const basis = { resourceId: basisId }
  const projectId = (await records.project({ name: 'p', path: '/p', basis }))?.resourceId ?? ''
  return { server, peer, ...records, basisRef: basis, projectRef: { resourceId: projectId }, store: server.state.store }
}

/** FAILED_PRECONDITION naming these fields and no other. */
export async function refuses(work: Promise<unknown>, ...fields: string[]): Promise<void> {
  const error = await failureOf(work)
  expect([error.code, ...(error.details.match(/\w+(?=: )/g) ?? []).toSorted()]).toEqual([
    status.FAILED_PRECONDITION,
    ...fields.toSorted(),
  ])
}

export async function isNotFound(work: Promise<unknown>): Promise<void> {
  const error = await failureOf(work)
  expect([error.code, error.details]).toEqual([status.NOT_FOUND, expect.stringContaining('not found')])
}
