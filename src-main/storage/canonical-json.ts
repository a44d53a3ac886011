/** JSON with whole numbers of any size: those that a `number` would round are `bigint`. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined
}

/** Nothing that is signed nests deeper than four levels; a stranger's file shall not decide over our stack. */
const MAX_DEPTH = 32

/**
 * The one byte sequence that is signed for a value (spec pbs §4.5): keys sorted by their bytes, no whitespace. Throws a
 * TypeError for what has no such form: null, fractions, numbers that were rounded, ill-formed strings.
 */
export function canonicalJson(value: JsonValue, depth = 0): string {
  if (depth > MAX_DEPTH) throw new TypeError(`nests deeper than ${MAX_DEPTH} levels`)
  switch (typeof value) {
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'number':
      if (!Number.isSafeInteger(value)) throw new TypeError(`no whole number: ${value}`)
      return Object.is(value, -0) ? '-0' : String(value)
    case 'string':
      return quote(value)
    case 'object':
      if (value === null) throw new TypeError('null cannot be signed')
      if (isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join(',')}]`
      return `{${members(value, depth).join(',')}}`
    default:
      throw new TypeError(`no JSON: ${typeof value}`)
  }
}

/** For people to read, two spaces a level, and with whole numbers of any size. Members that are `undefined` are left out. */
export function prettyJson(value: JsonValue): string {
  return JSON.stringify(value, writeBigInt, 2)
}

/** The same in one line, for the wire. */
export function compactJson(value: JsonValue): string {
  return JSON.stringify(value, writeBigInt)
}

/** Parses JSON without rounding whole numbers. Throws a SyntaxError. */
export function parseJson(text: string): JsonValue {
  // The third parameter is in the engine, but not yet in the compiler's library.
  const revive = (_key: string, value: JsonValue, context?: { readonly source?: string }): JsonValue => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
    const source = context?.source ?? ''
    return /^-?\d+$/.test(source) ? BigInt(source) : value
  }
  return JSON.parse(text, revive) as JsonValue // JSON.parse with this reviver makes nothing else
}

function members(object: JsonObject, depth: number): string[] {
  return Object.entries(object)
    .filter((entry): entry is [string, JsonValue] => entry[1] !== undefined)
    .map(([key, member]) => ({ key: Buffer.from(key), text: `${quote(key)}:${canonicalJson(member, depth + 1)}` }))
    .sort((a, b) => a.key.compare(b.key))
    .map(({ text }) => text)
}

/** JSON.stringify escapes exactly what the original does, as long as the string is well-formed. */
function quote(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('a string is not well-formed')
  return JSON.stringify(text)
}

function writeBigInt(_key: string, member: unknown): unknown {
  return typeof member === 'bigint' ? rawJson(String(member)) : member
}

function isArray(value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** In the engine, but not yet in the compiler's library: text that JSON.stringify takes over as it is. */
function rawJson(text: string): unknown {
  return (JSON as typeof JSON & { rawJSON(text: string): unknown }).rawJSON(text)
}
