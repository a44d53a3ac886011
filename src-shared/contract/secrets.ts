import { oc } from '@orpc/contract'
import { z } from 'zod'
import { secretId } from '../model/ids.ts'

/** Passwords of databases and servers that plans read from. They go in and never come out. */
export const secretsContract = {
  /** The id goes into the source of a plan or job. With `id`, replaces the fields that are named; an empty text removes one. */
  put: oc
    .input(z.object({ id: secretId.optional(), fields: z.record(z.string().max(64), z.string().max(4096)) }))
    .output(z.object({ id: secretId })),
}
