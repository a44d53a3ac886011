import { HoldfastError, ProtocolError } from '../../../../../src-shared/errors.ts'
import {
  checkParameters,
  MAX_PARAMETER_BYTES,
  ParameterError,
  parseForm,
  parseParameters,
} from '../../wire/read-parameters.ts'
import type { RequestTarget } from '../../wire/request-target.ts'
import { ApiError } from '../api-error.ts'
import { type Format, jsonFormat, type Outgoing } from './format.ts'
import type { RequestBody } from './request-body.ts'
import { findRoute, type Reply, type Route } from './route.ts'

/** A request of either HTTP version. */
export interface Incoming {
  readonly method: string
  readonly target: RequestTarget
  readonly contentType: string | undefined
  readonly body: RequestBody
  readonly signal: AbortSignal
}

const BYTES_TYPE = 'application/octet-stream'

/** Finds the call, reads its parameters, runs it. Throws what `toRefusal` makes a reply of. */
export async function dispatch<Context>(
  routes: readonly Route<Context>[],
  context: Context,
  incoming: Incoming,
  format: Format = jsonFormat,
): Promise<Outgoing> {
  const { method, target, contentType, body, signal } = incoming
  const matched = findRoute(routes, method, target.components)
  if (matched === undefined) throw new ApiError(`Path '/${target.components.join('/')}' not found.`, 404)
  const { route, pathParameters } = matched
  const raw =
    route.hasRawBody === true
      ? parseForm(target.query)
      : parseParameters(target.query, contentType, await body.collect(MAX_PARAMETER_BYTES))
  const parameters = checkParameters(route.schema, { ...raw, ...pathParameters })
  return toOutgoing(await route.run(context, { parameters, body, signal }), format)
}

/** The refusal of whatever a call threw; undefined for a bug, whose text is nobody's business. */
export function toRefusal(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error
  if (error instanceof ParameterError) return new ApiError(error.message, 400, error)
  if (error instanceof HoldfastError && error.code !== 'internal') return new ApiError(error.message, 400, error)
  // What a client once stored under the name of an archive need not be one.
  if (error instanceof ProtocolError) return new ApiError(`unable to read the archive - ${error.message}`, 400, error)
  return undefined
}

function toOutgoing(reply: Reply, format: Format): Outgoing {
  if (!('bytes' in reply)) return format.reply(reply)
  return { status: 200, headers: { 'content-type': reply.contentType ?? BYTES_TYPE }, body: reply.bytes }
}
