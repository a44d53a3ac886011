import type { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'

/** JSON columns are written from validated values. `JSON.stringify` escapes lone surrogates, so path text survives SQLite's UTF-8. */
export function toJson<Schema extends z.ZodType>(schema: Schema, value: z.input<Schema>): string {
  return JSON.stringify(schema.parse(value))
}

/** Reads a JSON column back. `what` names the row for the person who has to look at it. Throws `catalog/corrupt`. */
export function fromJson<Schema extends z.ZodType>(schema: Schema, text: string, what: string): z.output<Schema> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new HoldfastError('catalog/corrupt', { detail: `${what} is not JSON.`, cause: error })
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) {
    throw new HoldfastError('catalog/corrupt', {
      detail: `${what} does not read as what it should be.`,
      cause: parsed.error,
    })
  }
  return parsed.data
}
