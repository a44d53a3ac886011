import { z } from 'zod'
import { jsonBytes, parseJson } from './json-text.ts'
import type { StorageFormat } from './manifest.ts'

/** What whoever asks for a snapshot can use: the value of PrepareSnapshot in the newer dialect (spec couchbase §5). */
export interface StorageConstraint {
  /** Empty is any. */
  readonly backend: string
  /** Undefined and 0 are any. */
  readonly maxVersion?: number | undefined
}

const schema = z.object({
  storage: z.object({ backend: z.string().max(100), max_version: z.number().int().nonnegative().optional() }),
})

export function encodeConstraint({ backend, maxVersion }: StorageConstraint): Uint8Array {
  return jsonBytes({ storage: { backend, ...(maxVersion && { max_version: maxVersion }) } })
}

/** Undefined when it is not one. */
export function decodeConstraint(value: Uint8Array): StorageConstraint | undefined {
  const parsed = schema.safeParse(parseJson(value))
  if (!parsed.success) return undefined
  const { backend, max_version: maxVersion } = parsed.data.storage
  return { backend, maxVersion }
}

/** Why a snapshot of this format does not serve, undefined when it does. What one side does not know is not checked. */
export function mismatch(
  constraint: StorageConstraint,
  format: StorageFormat | undefined,
): 'backend mismatch' | 'version mismatch' | undefined {
  if (format === undefined) return undefined
  if (constraint.backend !== '' && format.backend !== '' && constraint.backend !== format.backend) {
    return 'backend mismatch'
  }
  if (!constraint.maxVersion || !format.version) return undefined
  return format.version > constraint.maxVersion ? 'version mismatch' : undefined
}
