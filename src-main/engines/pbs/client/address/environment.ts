import { HoldfastError } from '../../../../../src-shared/errors.ts'
import { parseFingerprint } from '../../wire/fingerprint.ts'
import { type PbsAddress, parsePbsAddress } from './repository-address.ts'
import { readSecret } from './secret-source.ts'

/** What the command line of PBS takes from the environment (spec pbs §1.2), as far as it is given there; secrets are apart. */
export interface PbsEnvironment {
  readonly address?: PbsAddress | undefined
  readonly fingerprint?: string | undefined
}

type Variables = Readonly<Record<string, string | undefined>>

/** `PBS_PASSWORD`, or what one of its companions names: see `readSecret`. */
export function readPbsPassword(variables: Variables): string | undefined {
  return readSecret(variables, 'PBS_PASSWORD')
}

/** Throws `input/invalid` for an address that is none. `PBS_REPOSITORY` goes before the single parts of 4.x. */
export function readPbsEnvironment(variables: Variables): PbsEnvironment {
  const text = set(variables.PBS_REPOSITORY) ?? assemble(variables)
  const address = text === undefined ? undefined : parsePbsAddress(text)
  const namespace = set(variables.PBS_NAMESPACE)
  return {
    address: address === undefined || namespace === undefined ? address : { ...address, namespace },
    fingerprint: fingerprintOf(set(variables.PBS_FINGERPRINT)),
  }
}

/** A pin that is mistyped must not become no pin. */
function fingerprintOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const fingerprint = parseFingerprint(text)
  if (fingerprint === undefined)
    throw new HoldfastError('input/invalid', { detail: 'PBS_FINGERPRINT is no fingerprint.' })
  return fingerprint
}

function assemble({ PBS_SERVER, PBS_PORT, PBS_DATASTORE, PBS_AUTH_ID }: Variables): string | undefined {
  const datastore = set(PBS_DATASTORE)
  if (datastore === undefined) return undefined
  const host = set(PBS_SERVER) ?? 'localhost'
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  const user = set(PBS_AUTH_ID)
  return `${user === undefined ? '' : `${user}@`}${bracketed}:${set(PBS_PORT) ?? '8007'}:${datastore}`
}

function set(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
