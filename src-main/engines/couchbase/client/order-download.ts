import { HoldfastError } from '../../../../src-shared/errors.ts'
import { formatAddress } from '../cluster/node-address.ts'
import { datatype } from '../wire/datatype.ts'
import { type DownloadRequest, encodeDownloadRequest } from '../wire/download-request.ts'
import { jsonBytes } from '../wire/json-text.ts'
import { opcode } from '../wire/opcode.ts'
import { status } from '../wire/status.ts'
import { asHoldfastError, StatusError } from './failures.ts'
import type { NodeLink } from './node-link.ts'
import { Patience, type PatienceOptions } from './patience.ts'
import { askSnapshotStatus } from './snapshot-requests.ts'

export interface DownloadOrder extends PatienceOptions {
  readonly vbid: number
  /** Where the node is to pull from: our own server, when this is a restore (spec couchbase §10.3). */
  readonly from: DownloadRequest
}

/**
 * Tells a node to pull a vbucket's snapshot, and waits until it has it. One that is pulling already is waited for.
 *
 * @throws HoldfastError `couchbase/refused` with the reason the node gives when the download fails
 */
export async function orderDownload(
  node: NodeLink,
  { vbid, from, ...patienceOptions }: DownloadOrder,
  signal: AbortSignal,
): Promise<void> {
  const control = await node.control(signal)
  const request = { opcode: opcode.downloadSnapshot, vbucket: vbid, datatype: datatype.json }
  const answer = await control.ask({ ...request, value: encodeDownloadRequest(from) }, signal)
  const code = answer.header.vbucketOrStatus
  if (code !== status.success && code !== status.keyEexists) {
    throw asHoldfastError(new StatusError(answer), node.address)
  }
  const patience = new Patience({ firstDelayMs: 50, ...patienceOptions })
  for (;;) {
    const found = await askSnapshotStatus(control, vbid, signal)
    if (found === 'available') return
    if (found !== 'running') throw await refusal(node, vbid, signal)
    await patience.afterFailure(
      new HoldfastError('couchbase/unreachable', { detail: 'The download does not end.' }),
      signal,
    )
  }
}

/** Makes the vbucket on the node from the snapshot it has pulled. Only for clusters that nothing else manages. */
export async function adoptSnapshot(node: NodeLink, vbid: number, signal: AbortSignal): Promise<void> {
  const control = await node.control(signal)
  const answer = await control.ask(
    {
      opcode: opcode.setVbucket,
      vbucket: vbid,
      datatype: datatype.json,
      extras: Uint8Array.of(ACTIVE),
      value: jsonBytes({ use_snapshot: 'fbr' }),
    },
    signal,
  )
  if (answer.header.vbucketOrStatus !== status.success) throw asHoldfastError(new StatusError(answer), node.address)
}

const ACTIVE = 1

async function refusal(node: NodeLink, vbid: number, signal: AbortSignal): Promise<HoldfastError> {
  const control = await node.control(signal)
  const rows = await control.rows({ opcode: opcode.stat, key: Buffer.from(`snapshot-details ${vbid}`) }, signal)
  const detail = `${formatAddress(node.address)}: ${rows.get(`vb_${vbid}:download`)?.slice(0, 500) ?? 'the download failed'}`
  return new HoldfastError('couchbase/refused', { detail })
}
