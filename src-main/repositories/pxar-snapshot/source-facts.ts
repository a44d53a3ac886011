import { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { longestPlanFile } from '../../../src-shared/model/plan-file.ts'
import type { SourceFacts } from '../../sources/source.ts'

/** What the source was, kept in the snapshot itself: a restore on a new computer has no catalog to ask. */
export const sourceFactsFilename = 'holdfast.conf.blob'
/** For `SnapshotWriter.addBlob`, which adds the extension. */
export const sourceFactsName = 'holdfast.conf'

const schema = z.object({
  host: z.string().max(255),
  roots: z.array(z.object({ archive: z.string().max(255), path: z.string().max(65_536) })).max(1024),
  plan: z.string().max(longestPlanFile).optional(),
})

export function encodeSourceFacts(facts: SourceFacts): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(schema.parse(facts), undefined, 2)}\n`)
}

/** Throws `archive/corrupt`: the blob is there, but not as Holdfast writes it. */
export function parseSourceFacts(bytes: Uint8Array): SourceFacts {
  try {
    return schema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch (cause) {
    throw new HoldfastError('archive/corrupt', { detail: sourceFactsFilename, cause })
  }
}
