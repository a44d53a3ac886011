import { failure } from './failure.ts'

/** A closed range of protocol versions. */
export interface VersionRange {
  readonly minimum: number
  readonly current: number
}

/** Both protocols, in every era (section 4.1). */
export const spokenVersions: VersionRange = { minimum: 1, current: 1 }

export const apiHeader = 'client-api-protocol'
export const entrypointHeader = 'client-entrypoint-protocol'
export const versionHeader = 'client-version'

const form = /^(\d{1,9}),(\d{1,9})$/

export function formatVersionRange(range: VersionRange): string {
  return `${range.minimum},${range.current}`
}

/** Throws INVALID_ARGUMENT for anything but `<min>,<current>`. */
export function parseVersionRange(text: string): VersionRange {
  const [, minimum, current] = form.exec(text) ?? []
  if (minimum === undefined || current === undefined) {
    throw failure('invalid-argument', 'the protocol version must be formatted <min>,<current>')
  }
  return { minimum: Number(minimum), current: Number(current) }
}

/** The version both speak; throws INVALID_ARGUMENT saying who is too old (section 4.2, rules 6 to 8). */
export function negotiateVersion(client: VersionRange, server: VersionRange): number {
  if (client.current < server.minimum) {
    throw failure(
      'invalid-argument',
      `the client is outdated: it speaks up to ${client.current}, the server needs at least ${server.minimum}`,
    )
  }
  if (server.current < client.minimum) {
    throw failure(
      'invalid-argument',
      `the server is outdated: it speaks up to ${server.current}, the client needs at least ${client.minimum}`,
    )
  }
  return Math.min(client.current, server.current)
}

/**
 * Rules 4 and 5 of section 4.2. Node joins a header that was sent twice with a comma and a space, and a well-formed one has no
 * space: so that is how "present more than once" looks.
 */
export function requiredHeader(headers: Headers, name: string): VersionRange {
  const value = headers.get(name)
  if (value === null || value.includes(', ')) throw failure('invalid-argument', `required header ${name} is not set`)
  return parseVersionRange(value)
}
