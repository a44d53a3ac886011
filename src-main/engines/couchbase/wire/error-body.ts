import { z } from 'zod'
import { parseJson } from './json-text.ts'

/** What a refusal may say besides its status (spec couchbase §2.5). */
export interface ErrorBody {
  /** For a person. */
  readonly context?: string | undefined
  /** Finds the line in the server's log. */
  readonly ref?: string | undefined
}

const schema = z.object({ error: z.object({ context: z.string().optional(), ref: z.string().optional() }) })

/** A peer may write a novel; a message has an end. */
const MAX_CONTEXT = 2000

/** Never throws: a body that is not as expected says nothing. */
export function decodeErrorBody(value: Uint8Array): ErrorBody {
  if (value.length === 0) return {}
  const parsed = schema.safeParse(parseJson(value))
  if (!parsed.success) return {}
  const { context, ref } = parsed.data.error
  return { context: context?.slice(0, MAX_CONTEXT), ref: ref?.slice(0, 100) }
}

export function encodeErrorBody(body: ErrorBody): Uint8Array {
  return Buffer.from(JSON.stringify({ error: body }))
}
