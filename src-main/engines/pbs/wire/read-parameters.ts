import type { z } from 'zod'
import { parseJson } from '../../../storage/canonical-json.ts'

/** Largest body of a call that takes parameters (spec pbs §1.4). */
export const MAX_PARAMETER_BYTES = 512 << 10

/** So many are named in a refusal. */
const MAX_PROBLEMS = 32

export type RawParameters = Readonly<Record<string, unknown>>

/** Thrown for parameters that are not what a call takes; the message is the text of the reply, whose status is 400. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError'
  /** What is wrong with each parameter; empty when it is not about single ones. */
  readonly problems: ReadonlyMap<string, string>

  constructor(message: string, options: ErrorOptions & { readonly problems?: ReadonlyMap<string, string> } = {}) {
    super(message, options)
    this.problems = options.problems ?? new Map()
  }
}

/** A query or a form. A key that repeats becomes a list; `_dc` only keeps caches away. */
export function parseForm(form: string): RawParameters {
  const found = new Map<string, string | string[]>()
  for (const [key, value] of new URLSearchParams(form)) {
    if (key === '_dc') continue
    const earlier = found.get(key)
    if (earlier === undefined) found.set(key, value)
    else if (Array.isArray(earlier)) earlier.push(value)
    else found.set(key, [earlier, value])
  }
  return Object.fromEntries(found)
}

/**
 * The parameters of a call that is not one with a raw body: those of a JSON body, else those of a form body together
 * with those of the query.
 */
export function parseParameters(query: string, contentType: string | undefined, body: Uint8Array): RawParameters {
  const mediaType = contentType?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (mediaType === 'application/json') return parseJsonBody(body)
  if (mediaType !== '' && mediaType !== 'application/x-www-form-urlencoded')
    throw new ParameterError(`unsupported content type '${mediaType.slice(0, 100)}'`)
  const form = parseForm(decode(body))
  return { ...parseForm(query), ...form }
}

/** Holds raw parameters against what a call takes. Throws `ParameterError` with a line for each key. */
export function checkParameters<Schema extends z.ZodType>(schema: Schema, raw: RawParameters): z.output<Schema> {
  const result = schema.safeParse(raw)
  if (result.success) return result.data
  const found = result.error.issues.flatMap((issue): readonly (readonly [string, string])[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => [key.slice(0, 100), 'schema does not allow additional properties'])
      : [[issue.path.join('/'), issue.message]],
  )
  const problems = found.slice(0, MAX_PROBLEMS)
  const lines = problems.map(([key, problem]) => `parameter '${key}': ${problem}`)
  throw new ParameterError(`parameter verification failed\n${lines.join('\n')}`, { problems: new Map(problems) })
}

function parseJsonBody(body: Uint8Array): RawParameters {
  if (body.length === 0) return {}
  let value: unknown
  try {
    value = parseJson(decode(body))
  } catch (cause) {
    throw new ParameterError('unable to parse the JSON of the request body', { cause })
  }
  if (!isObject(value)) throw new ParameterError('the request body is no JSON object')
  return value
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (cause) {
    throw new ParameterError('the request body is not UTF-8', { cause })
  }
}

function isObject(value: unknown): value is RawParameters {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
