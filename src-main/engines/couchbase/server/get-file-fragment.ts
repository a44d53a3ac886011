import { bodyBytesForFile, CHECKSUM_BYTES } from '../wire/checked-body.ts'
import { decodeFragmentRequest, type FragmentRequest } from '../wire/fragment-request.ts'
import { snapshotUuid } from '../wire/manifest.ts'
import { encodeStreamHeader } from '../wire/packet.ts'
import { status } from '../wire/status.ts'
import { bucketOf, type Command } from './command.ts'
import { sendFilePart } from './send-file-part.ts'
import { allFiles } from './served-bucket.ts'

/** Sends a part of a file of a snapshot (spec couchbase §7). */
export const getFileFragment: Command = {
  privilege: 'Administrator',
  needs: 'persistence',
  key: 'required',
  value: 'required',
  datatype: 'raw or json',
  invalid({ packet }) {
    const parsed = decodeFragmentRequest(packet.value)
    return parsed.isValid ? undefined : parsed.problem
  },
  async run(call) {
    const { session, packet, context, signal } = call
    const parsed = decodeFragmentRequest(packet.value)
    if (!parsed.isValid) throw new Error('a request that was not validated')
    const uuid = snapshotUuid.safeParse(Buffer.from(packet.key).toString())
    const snapshot = uuid.success ? bucketOf(call).find(uuid.data) : undefined
    const file = snapshot && allFiles(snapshot.manifest).find(({ id }) => id === parsed.request.id)
    if (!snapshot || !file) return session.refuse(packet, status.keyEnoent)

    const part = clampPart(parsed.request, context)
    if (part === undefined) return session.refuse(packet, status.einval, 'checksum_length exceeds length')
    if (parsed.request.offset + BigInt(part.fileBytes) > file.sizeBytes) {
      return session.refuse(packet, status.einval, 'Requested offset > file size')
    }
    const handle = await bucketOf(call).open(snapshot, file)
    if (handle === undefined) return session.refuse(packet, status.einternal, 'The file could not be opened')
    session.activity = `${snapshot.manifest.vbid}: ${file.path}`
    try {
      const { opcode, opaque } = packet.header
      const header = encodeStreamHeader({ opcode, opaque, bodyLength: part.bodyBytes })
      await sendFilePart(handle, { ...part, offset: parsed.request.offset, header, output: session.output, signal })
      context.emit({ type: 'fragment', session, uuid: snapshot.manifest.uuid, bytes: part.fileBytes })
    } finally {
      session.activity = ''
      await handle.close()
    }
  },
}

interface Part {
  readonly fileBytes: number
  readonly bodyBytes: number
  /** 0 is without sums. */
  readonly checksumLength: number
}

/** What is sent of what was asked for. Undefined when a sum would cover more than the whole. */
function clampPart({ length, checksumLength }: FragmentRequest, limits: FragmentLimits): Part | undefined {
  const max = limits.maxFragmentBytes
  const clamped = length > BigInt(max) ? max : Number(length)
  // Strict servers of the older dialect do not know the field, and pass over it.
  if (checksumLength === 0n || limits.dialect === 's8')
    return { fileBytes: clamped, bodyBytes: clamped, checksumLength: 0 }
  if (checksumLength > BigInt(clamped)) return undefined
  const piece = Number(checksumLength)
  const bodyBytes = bodyBytesForFile(clamped, piece)
  if (bodyBytes <= max) return { fileBytes: clamped, bodyBytes, checksumLength: piece }
  const pieces = Math.floor(max / (piece + CHECKSUM_BYTES))
  if (pieces === 0) return undefined
  return { fileBytes: pieces * piece, bodyBytes: pieces * (piece + CHECKSUM_BYTES), checksumLength: piece }
}

interface FragmentLimits {
  readonly maxFragmentBytes: number
  readonly dialect: 's8' | 's9' | 'both'
}
