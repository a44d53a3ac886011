import { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Bucket } from './bucket.ts'
import { MARKER_NAME } from './object-names.ts'

/** The form of the names and contents below the prefix. */
const FORMAT_VERSION = 1
const MAX_MARKER_BYTES = 4096

const marker = z.object({ format: z.literal('holdfast-datastore'), version: z.number().int().positive() })

/** Whether a repository begins here. Throws `repository/unsupported` for one of a later version, or of somebody else. */
export async function hasMarker(bucket: Bucket, signal: AbortSignal): Promise<boolean> {
  const found = await bucket.get(MARKER_NAME, MAX_MARKER_BYTES, signal)
  if (found === undefined) return false
  const read = marker.safeParse(parseJson(found.bytes))
  if (read.success && read.data.version <= FORMAT_VERSION) return true
  throw new HoldfastError('repository/unsupported', {
    detail: read.success
      ? `It is of version ${read.data.version}, this Holdfast knows up to ${FORMAT_VERSION}.`
      : `${MARKER_NAME} in the bucket is not from Holdfast.`,
    ...(read.success && { hint: 'Use a newer Holdfast.' }),
  })
}

/** False when somebody was first. */
export async function writeMarker(bucket: Bucket, signal: AbortSignal): Promise<boolean> {
  const text = `${JSON.stringify({ format: 'holdfast-datastore', version: FORMAT_VERSION })}\n`
  return await bucket.put(MARKER_NAME, Buffer.from(text), signal, { isNew: true })
}

/** Whether nothing at all is below the prefix. */
export async function isEmptyPlace(bucket: Bucket, signal: AbortSignal): Promise<boolean> {
  for await (const _ of bucket.list('', signal)) return false
  return true
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}
