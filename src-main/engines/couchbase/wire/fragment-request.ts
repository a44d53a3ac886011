import { z } from 'zod'
import { jsonBytes, parseDigits, parseJson } from './json-text.ts'

/** The value of GetFileFragment (spec couchbase §7). Numbers of 64 bits travel as strings. */
export interface FragmentRequest {
  readonly id: number
  readonly offset: bigint
  readonly length: bigint
  /** Bytes that share a CRC32C; 0 is none. Only newer servers know it. */
  readonly checksumLength: bigint
}

const schema = z.object({
  id: z.number({ error: 'id must be provided and must be a numeric value' }).int().nonnegative(),
  offset: z.string({ error: 'offset must be provided and must be a string of digits' }),
  length: z.string({ error: 'length must be provided and must be a string of digits' }),
  checksum_length: z.string({ error: 'checksum_length must be a string of digits' }).default('0'),
})

/** The request, or the sentence that says why it is none. */
export type ParsedFragmentRequest =
  | { readonly isValid: true; readonly request: FragmentRequest }
  | { readonly isValid: false; readonly problem: string }

export function decodeFragmentRequest(value: Uint8Array): ParsedFragmentRequest {
  const json = parseJson(value)
  if (json === undefined) return refuse('Request value is not JSON')
  const parsed = schema.safeParse(json)
  if (!parsed.success) return refuse(parsed.error.issues[0]?.message ?? 'Request value is invalid')
  const offset = parseDigits(parsed.data.offset)
  const length = parseDigits(parsed.data.length)
  const checksumLength = parseDigits(parsed.data.checksum_length)
  if (offset === undefined) return refuse('offset must be provided and must be a string of digits')
  if (length === undefined) return refuse('length must be provided and must be a string of digits')
  if (checksumLength === undefined) return refuse('checksum_length must be a string of digits')
  return { isValid: true, request: { id: parsed.data.id, offset, length, checksumLength } }
}

/** `checksum_length` is left out when off: older servers do not know it. */
export function encodeFragmentRequest({ id, offset, length, checksumLength }: FragmentRequest): Uint8Array {
  const checked = checksumLength > 0n ? { checksum_length: String(checksumLength) } : {}
  return jsonBytes({ ...checked, id, length: String(length), offset: String(offset) })
}

function refuse(problem: string): ParsedFragmentRequest {
  return { isValid: false, problem }
}
