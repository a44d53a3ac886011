import { z } from 'zod'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { backupType } from '../../../../src-shared/model/snapshot.ts'
import { isDigest, isSafeId, parseNamespace } from '../../../storage/datastore/layout.ts'
import { isDatastoreName, parseAuthId } from './names.ts'

/**
 * Parameters as they come: strings from a query or a form, values from JSON (spec pbs §1.4). A field takes either and
 * refuses with the sentences of PBS's own schemas.
 */

/** A value, or what is wrong with it. */
type Parsed<Value> = { readonly value: Value } | { readonly problem: string }

function field<Value>(parse: (raw: unknown) => Parsed<Value>) {
  return z.unknown().transform((raw, context): Value => {
    const parsed: Parsed<Value> =
      raw === undefined ? { problem: 'parameter is missing and it is not optional.' } : parse(raw)
    if ('value' in parsed) return parsed.value
    context.addIssue({ code: 'custom', message: parsed.problem })
    return z.NEVER
  })
}

/** A whole number within bounds that a `number` holds exactly. */
export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER) {
  return field((raw): Parsed<number> => {
    const value = typeof raw === 'string' && /^[+-]?\d{1,20}$/.test(raw) ? Number(raw) : raw
    if (typeof value === 'bigint') return { problem: `value must have a maximum value of ${most} (got ${value})` }
    if (typeof value !== 'number' || !Number.isInteger(value)) return { problem: 'expected integer' }
    if (value < least) return { problem: `value must have a minimum value of ${least} (got ${value})` }
    if (value > most) return { problem: `value must have a maximum value of ${most} (got ${value})` }
    return { value }
  })
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['1', 'on', 'yes', 'true'].map((word) => [word, true] as const),
  ...['0', 'off', 'no', 'false'].map((word) => [word, false] as const),
])

export const flag = () =>
  field((raw): Parsed<boolean> => {
    const text = typeof raw === 'number' ? String(raw) : raw
    const value = typeof text === 'string' ? booleans.get(text.toLowerCase()) : text
    return typeof value === 'boolean' ? { value } : { problem: 'expected boolean value' }
  })

/** Text of a bounded length; `check` is the pattern. */
export function text(most: number, check: (value: string) => boolean = () => true) {
  return field((raw): Parsed<string> => {
    const value = typeof raw === 'number' ? String(raw) : raw
    if (typeof value !== 'string') return { problem: 'expected string' }
    if (value.length > most) return { problem: `value may only be ${most} characters long` }
    return check(value) ? { value } : { problem: 'value does not match the regex pattern' }
  })
}

export function choice<Value extends string>(values: readonly Value[]) {
  return field((raw): Parsed<Value> => {
    const value = values.find((each) => each === raw)
    return value === undefined ? { problem: `value '${String(raw)}' is not defined in the enumeration.` } : { value }
  })
}

/** A repeated key, a single one, or a JSON array. */
export function list<Item>(item: z.ZodType<Item>, most: number) {
  return field((raw): Parsed<readonly Item[]> => {
    const items: readonly unknown[] = Array.isArray(raw) ? raw : [raw]
    if (items.length > most) return { problem: `array may only contain ${most} elements` }
    const value: Item[] = []
    for (const each of items) {
      const parsed = item.safeParse(each)
      if (!parsed.success) return { problem: parsed.error.issues[0]?.message ?? 'value is not right' }
      value.push(parsed.data)
    }
    return { value }
  })
}

export const safeId = () => text(255, isSafeId)
export const datastoreName = () => text(32, isDatastoreName)
export const authIdText = () => text(128, (value) => parseAuthId(value) !== undefined)

export const digestText = () =>
  field((raw): Parsed<Digest> => {
    if (typeof raw !== 'string') return { problem: 'expected string' }
    return isDigest(raw) ? { value: raw } : { problem: 'value does not match the regex pattern' }
  })

export const namespaceText = () =>
  text(256, (value) => {
    try {
      parseNamespace(value)
      return true
    } catch {
      return false
    }
  })

/** The keys that name a group, and a snapshot. The last second with a text form of four-digit years bounds times. */
export const groupFields = { 'backup-type': choice(backupType.options), 'backup-id': safeId() }
export const snapshotFields = { ...groupFields, 'backup-time': integer(1, 253_402_300_799) }
export const namespaceField = { ns: namespaceText().optional() }
