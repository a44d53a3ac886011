import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { errorCode } from '../../os/system-error.ts'
import { parseJson } from './wire/json-text.ts'

/** Beside the folders of the vbuckets: what each of them is, and which are missing. */
export const REPORT_FILE = 'report.json'
/** The bucket's configuration as the cluster gave it. */
export const CONFIG_FILE = 'config.json'
/** Where a backup keeps the manifests of the vbuckets, `<vbid>.json`, that are not beside the files. */
export const MANIFESTS_FOLDER = 'manifests'

const storedFile = z.object({
  path: z.string(),
  size: z.string(),
  /** Ours when the node gave none. */
  sha512: z.string().optional(),
  /** Unix milliseconds: when a backup found it with this content for the first time. */
  changedAt: z.number().int().optional(),
})

export const vbucketRow = z.object({
  vbid: z.number().int(),
  outcome: z.enum(['stored', 'no-active-copy', 'failed']),
  /** Where it was the active copy. */
  node: z.string().optional(),
  uuid: z.string().optional(),
  /** The snapshot holds everything up to this sequence number, and perhaps more. In decimal. */
  seqno: z.string().optional(),
  /** Unix milliseconds. */
  preparedAt: z.number().int().optional(),
  /** The node had a snapshot already, and nobody can say from when. */
  isAgeUnknown: z.boolean().optional(),
  dialect: z.enum(['s8', 's9']).optional(),
  files: z.array(storedFile).default([]),
  deks: z.array(storedFile).default([]),
  /** Why it failed. */
  problem: z.string().optional(),
})
export type VbucketRow = z.infer<typeof vbucketRow>

const report = z.object({
  format: z.literal('holdfast-couchbase-1'),
  bucket: z.string(),
  bucketUuid: z.string().optional(),
  backend: z.string(),
  vbucketCount: z.number().int(),
  /** Revision of the configuration when the run began: epoch and number. */
  revision: z.tuple([z.number(), z.number()]),
  /** Each vbucket is consistent in itself; nothing is across vbuckets. */
  isComplete: z.boolean(),
  startedAt: z.number().int(),
  finishedAt: z.number().int(),
  vbuckets: z.array(vbucketRow),
})
export type BucketReport = z.infer<typeof report>

/** Undefined where there is none that can be read. */
export async function readReport(folder: string): Promise<BucketReport | undefined> {
  try {
    return parseReport(await readFile(path.join(folder, REPORT_FILE)))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Undefined for what is no report of ours. */
export function parseReport(bytes: Uint8Array): BucketReport | undefined {
  return report.safeParse(parseJson(bytes)).data
}
