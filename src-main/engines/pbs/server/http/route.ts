import type { z } from 'zod'
import type { JsonObject, JsonValue } from '../../../../storage/canonical-json.ts'
import type { RequestBody } from './request-body.ts'

/** A call, ready for its handler. */
export interface Call<Parameters> {
  readonly parameters: Parameters
  /** The raw body of an upload; parameters came with the query then. May be read once. */
  readonly body: RequestBody
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal
}

export type Reply = DataReply | BytesReply

export interface DataReply {
  readonly data: JsonValue
  /** Members beside `data`. */
  readonly attributes?: JsonObject | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export interface BytesReply {
  /** Read once; what fails in the middle cuts the connection, so that the caller does not take it for the whole. */
  readonly bytes: Uint8Array | AsyncIterable<Uint8Array>
  readonly contentType?: string | undefined
}

export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'

interface RouteShape {
  readonly method: Method
  /** Components joined by `/`; one in braces is a parameter. Empty for the root. */
  readonly path: string
  /** The body is data, and parameters come with the query only. */
  readonly hasRawBody?: boolean | undefined
}

/** An entry of a table of calls: whom it answers (`Context`) is the server, or one connection of a protocol. */
export interface Route<Context> extends RouteShape {
  readonly components: readonly string[]
  readonly schema: z.ZodType
  run(context: Context, call: Call<unknown>): Promise<Reply>
}

export interface RouteOptions<Context, Schema extends z.ZodType> extends RouteShape {
  readonly parameters: Schema
  handle(context: Context, call: Call<z.output<Schema>>): Promise<Reply>
}

/** Joins a schema with a handler of what it makes. */
export function route<Context, Schema extends z.ZodType>(options: RouteOptions<Context, Schema>): Route<Context> {
  const { method, path, hasRawBody, parameters, handle } = options
  return {
    method,
    path,
    hasRawBody,
    components: path === '' ? [] : path.split('/'),
    schema: parameters,
    // `dispatch` gives what `schema` made and nothing else.
    run: (context, call) => handle(context, call as Call<z.output<Schema>>),
  }
}

export interface MatchedRoute<Context> {
  readonly route: Route<Context>
  readonly pathParameters: Readonly<Record<string, string>>
}

export function findRoute<Context>(
  routes: readonly Route<Context>[],
  method: string,
  components: readonly string[],
): MatchedRoute<Context> | undefined {
  for (const candidate of routes) {
    if (candidate.method !== method) continue
    const pathParameters = matchPath(candidate.components, components)
    if (pathParameters !== undefined) return { route: candidate, pathParameters }
  }
  return undefined
}

function matchPath(
  pattern: readonly string[],
  components: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (pattern.length !== components.length) return undefined
  const found: Record<string, string> = {}
  for (const [position, expected] of pattern.entries()) {
    const actual = components[position] ?? ''
    if (expected.startsWith('{')) found[expected.slice(1, -1)] = actual
    else if (expected !== actual) return undefined
  }
  return found
}

/** The calls as `GET /` lists them: the first component of each, once. */
export function listSubdirectories<Context>(routes: readonly Route<Context>[]): JsonValue {
  const names = new Set(routes.flatMap(({ components }) => components.slice(0, 1)))
  return [...names].sort().map((subdir) => ({ subdir }))
}
