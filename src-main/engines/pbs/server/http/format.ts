import { compactJson, type JsonObject } from '../../../../storage/canonical-json.ts'
import { ParameterError } from '../../wire/read-parameters.ts'
import type { ApiError } from '../api-error.ts'
import type { DataReply } from './route.ts'

/** What goes back. */
export interface Outgoing {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | AsyncIterable<Uint8Array>
}

/** How values and refusals are written. */
export interface Format {
  reply(reply: DataReply): Outgoing
  refusal(refusal: ApiError): Outgoing
}

export const JSON_TYPE = 'application/json;charset=UTF-8'

/** Of `/api2/json`, and of both protocols: a refusal is a status and plain text (spec pbs §1.4). */
export const jsonFormat: Format = {
  reply: ({ data, attributes, headers }) => toJson(200, { data, ...attributes }, headers),
  refusal: ({ status, message }) => ({
    status,
    headers: { 'content-type': JSON_TYPE },
    body: Buffer.from(message),
  }),
}

/** Of `/api2/extjs`, for web pages: always 200, and the page looks into the body. */
export const extjsFormat: Format = {
  reply: ({ data, attributes, headers }) => toJson(200, { data, success: true, ...attributes }, headers),
  refusal(refusal) {
    const { status, message, cause } = refusal
    const isAboutParameters = cause instanceof ParameterError && cause.problems.size > 0
    return toJson(200, {
      success: false,
      status,
      message: isAboutParameters ? 'parameter verification errors' : message,
      errors: isAboutParameters ? Object.fromEntries(cause.problems) : {},
    })
  },
}

function toJson(status: number, value: JsonObject, headers: Readonly<Record<string, string>> = {}): Outgoing {
  return { status, headers: { 'content-type': JSON_TYPE, ...headers }, body: Buffer.from(compactJson(value)) }
}
