import type { z } from 'zod'
import { ProtocolError } from '../../../../../src-shared/errors.ts'
import { type JsonValue, parseJson } from '../../../../storage/canonical-json.ts'

/** An answer, whatever its status. */
export interface Reply {
  readonly status: number
  readonly bytes: Buffer
}

/** Largest answer that is taken apart as JSON: a list of a hundred thousand snapshots. */
export const MAX_JSON_BYTES = 64 << 20
/** More of a refusal is not for a person to read. */
const MAX_TEXT_LENGTH = 500

/** What an answer of status 200 holds. Throws a `ProtocolError` when that is not what the call gives. */
export function dataOf<Schema extends z.ZodType>(schema: Schema, { bytes }: Reply, call: string): z.output<Schema> {
  const { data } = envelopeOf(bytes, call)
  return checked(schema, data ?? null, call)
}

/** The answer with what stands beside `data`. */
export function envelopeOf(bytes: Uint8Array, call: string): Readonly<Record<string, JsonValue | undefined>> {
  let value: JsonValue
  try {
    value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new ProtocolError('pbs', call, 0, 'the answer is no JSON', cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ProtocolError('pbs', call, 0, 'the answer has no envelope')
  // Neither null nor an array, so an object of JSON values.
  return value as Readonly<Record<string, JsonValue | undefined>>
}

export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, call: string): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new ProtocolError('pbs', `${call} ${issue?.path.join('.') ?? ''}`.trim(), 0, issue?.message ?? 'is not right')
}

/** The words of a refusal (spec pbs §1.4), without what could upset a terminal. */
export function textOf({ bytes }: Reply): string {
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_TEXT_LENGTH * 4))
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, MAX_TEXT_LENGTH)
}
