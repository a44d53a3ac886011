import { datatype } from '../wire/datatype.ts'
import { decodeDownloadRequest } from '../wire/download-request.ts'
import { parseJson } from '../wire/json-text.ts'
import { encodeManifest } from '../wire/manifest.ts'
import { status } from '../wire/status.ts'
import { decodeConstraint, mismatch } from '../wire/storage-constraint.ts'
import { encodeVbSeqnos } from '../wire/vb-seqnos.ts'
import { bucketOf, type Call, type Command } from './command.ts'

const snapshotCommand = { privilege: 'Administrator', needs: 'persistence' } as const

/** Both forms, or one of them when the server is strict (spec couchbase §1, §5). */
export const prepareSnapshot: Command = {
  ...snapshotCommand,
  key: 'none',
  value: 'optional',
  datatype: 'raw or json',
  invalid({ packet, context: { dialect } }) {
    if (packet.value.length === 0) return dialect === 's9' ? 'Request must include value' : undefined
    if (dialect === 's8') return 'Request must not include value'
    if (packet.header.datatype !== datatype.json) return 'Request datatype must be JSON'
    return decodeConstraint(packet.value) ? undefined : 'storage must be provided and must be an object'
  },
  async run(call) {
    const { session, packet, context } = call
    const vbid = packet.header.vbucketOrStatus
    const constraint = packet.value.length > 0 ? decodeConstraint(packet.value) : undefined
    const snapshot = await bucketOf(call).prepare(vbid, { isChecksummed: constraint === undefined })
    if (!snapshot?.isComplete) return notMyVbucket(call)
    const { manifest } = snapshot
    const reason = constraint && mismatch(constraint, manifest.storage)
    if (reason) {
      const problem = { reason, snapshot: manifest.storage, constraint }
      return session.refuse(packet, status.notSupported, JSON.stringify(problem))
    }
    context.emit({ type: 'prepared', session, vbid, uuid: manifest.uuid })
    await session.answer(packet, { value: encodeManifest(manifest), isJson: true })
  },
}

export const releaseSnapshot: Command = {
  ...snapshotCommand,
  key: 'optional',
  value: 'none',
  async run(call) {
    const { session, packet, context } = call
    const uuid = Buffer.from(packet.key).toString()
    const vbid = packet.header.vbucketOrStatus
    const isReleased = await bucketOf(call).release(uuid === '' ? { vbid } : { uuid })
    if (!isReleased) return session.refuse(packet, status.keyEnoent)
    context.emit({ type: 'released', session, target: uuid || `vbucket ${vbid}` })
    await session.answer(packet)
  },
}

export const downloadSnapshot: Command = {
  ...snapshotCommand,
  key: 'none',
  value: 'required',
  datatype: 'json',
  invalid: ({ packet }) => (decodeDownloadRequest(packet.value) ? undefined : 'Request value is not a valid download'),
  async run(call) {
    const { session, packet, context } = call
    const request = decodeDownloadRequest(packet.value)
    const { downloads } = bucketOf(call)
    if (!request || !downloads) return session.refuse(packet, status.notSupported)
    const vbid = packet.header.vbucketOrStatus
    if (!downloads.start(vbid, request)) return session.refuse(packet, status.keyEexists)
    context.emit({ type: 'downloading', session, vbid, from: `${request.host}:${request.port}` })
    await session.answer(packet)
  },
}

const ACTIVE = 1

/** Only as far as restore by pull needs it (§10.3): an active vbucket from a snapshot that was downloaded. */
export const setVbucket: Command = {
  ...snapshotCommand,
  extras: [1],
  key: 'none',
  value: 'required',
  datatype: 'json',
  async run(call) {
    const { session, packet } = call
    const json = parseJson(packet.value)
    const isFromSnapshot =
      typeof json === 'object' && json !== null && 'use_snapshot' in json && json.use_snapshot === 'fbr'
    const { downloads } = bucketOf(call)
    if (packet.extras[0] !== ACTIVE || !isFromSnapshot || !downloads) {
      return session.refuse(packet, status.notSupported, 'Only active vbuckets from a snapshot')
    }
    const isAdopted = await downloads.adopt(packet.header.vbucketOrStatus)
    await (isAdopted ? session.answer(packet) : session.refuse(packet, status.keyEnoent))
  },
}

export const getAllVbSeqnos: Command = {
  extras: [0, 4, 8],
  key: 'none',
  value: 'none',
  needs: 'bucket',
  async run(call) {
    const bucket = bucketOf(call)
    const rows: [number, bigint][] = []
    for (let vbid = 0; vbid < bucket.vbucketCount; vbid++) {
      const seqno = bucket.owns(vbid) ? bucket.highSeqno(vbid) : undefined
      if (seqno !== undefined) rows.push([vbid, seqno])
    }
    await call.session.answer(call.packet, { value: encodeVbSeqnos(rows) })
  },
}

/** What lies in files is persisted: there is nothing to wait for. */
export const seqnoPersistence: Command = {
  extras: [8],
  key: 'none',
  value: 'none',
  needs: 'bucket',
  async run(call) {
    const { packet, session } = call
    const bucket = bucketOf(call)
    const vbid = packet.header.vbucketOrStatus
    if (!bucket.owns(vbid)) return notMyVbucket(call)
    const wanted = new DataView(packet.extras.buffer, packet.extras.byteOffset).getBigUint64(0)
    const reached = bucket.highSeqno(vbid) ?? 0n
    await (wanted <= reached ? session.answer(packet) : session.refuse(packet, status.etmpfail))
  },
}

/** With the map, so that the client finds the one who has it (§5). */
async function notMyVbucket(call: Call): Promise<void> {
  const config = call.context.configOf(bucketOf(call))
  if (config) await call.session.answerJson(call.packet, config, status.notMyVbucket)
  else await call.session.answer(call.packet, { status: status.notMyVbucket })
}
