import { HoldfastError } from '../../../../../src-shared/errors.ts'
import { compactJson } from '../../../../storage/canonical-json.ts'
import {
  checkParameters,
  MAX_PARAMETER_BYTES,
  ParameterError,
  parseForm,
  parseParameters,
} from '../../wire/read-parameters.ts'
import type { RequestTarget } from '../../wire/request-target.ts'
import { ApiError } from '../api-error.ts'
import { collectBody } from './collect-body.ts'
import { findRoute, type Reply, type Route } from './route.ts'

/** A request of either HTTP version. */
export interface Incoming {
  readonly method: string
  readonly target: RequestTarget
  readonly contentType: string | undefined
  readonly body: AsyncIterable<Uint8Array>
  readonly signal: AbortSignal
}

/** What goes back. */
export interface Outgoing {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | AsyncIterable<Uint8Array>
}

export const JSON_TYPE = 'application/json;charset=UTF-8'
const BYTES_TYPE = 'application/octet-stream'

/** Finds the call, reads its parameters, runs it. Throws what `toRefusal` makes a reply of. */
export async function dispatch<Context>(
  routes: readonly Route<Context>[],
  context: Context,
  incoming: Incoming,
): Promise<Outgoing> {
  const { method, target, contentType, body, signal } = incoming
  const matched = findRoute(routes, method, target.components)
  if (matched === undefined) throw new ApiError(`Path '/${target.components.join('/')}' not found.`, 404)
  const { route, pathParameters } = matched
  const raw =
    route.hasRawBody === true
      ? parseForm(target.query)
      : parseParameters(target.query, contentType, await collectBody(body, MAX_PARAMETER_BYTES))
  const parameters = checkParameters(route.schema, { ...raw, ...pathParameters })
  return toOutgoing(await route.run(context, { parameters, body, signal }))
}

/** The refusal of whatever a call threw; undefined for a bug, whose text is nobody's business. */
export function toRefusal(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error
  if (error instanceof ParameterError) return new ApiError(error.message, 400, error)
  if (error instanceof HoldfastError && error.code !== 'internal') return new ApiError(error.message, 400, error)
  return undefined
}

export function refusalOutgoing({ status, message }: ApiError, headers: Readonly<Record<string, string>>): Outgoing {
  return { status, headers: { 'content-type': JSON_TYPE, ...headers }, body: Buffer.from(message) }
}

function toOutgoing(reply: Reply): Outgoing {
  if ('bytes' in reply) {
    return { status: 200, headers: { 'content-type': reply.contentType ?? BYTES_TYPE }, body: reply.bytes }
  }
  const json = compactJson({ data: reply.data, ...reply.attributes })
  return { status: 200, headers: { 'content-type': JSON_TYPE, ...reply.headers }, body: Buffer.from(json) }
}
