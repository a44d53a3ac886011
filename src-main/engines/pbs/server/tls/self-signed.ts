import { generateKeyPair, randomBytes, sign } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import { promisify } from 'node:util'
import { certificateFingerprint } from '../../wire/fingerprint.ts'
import {
  derBitString,
  derBoolean,
  derInteger,
  derObjectId,
  derOctetString,
  derSequence,
  derSet,
  derTagged,
  derTime,
  derUtf8String,
} from './der.ts'

/** A server's own certificate: PBS makes such a one at installation, and clients pin its fingerprint (spec pbs §1.1). */
export interface ServerCertificate {
  /** PEM, PKCS #8. */
  readonly key: string
  /** PEM. */
  readonly certificate: string
  readonly fingerprint: string
}

export interface CertificateRequest {
  /** Names and addresses it is for; the first is its subject. Clients that pin it do not care. */
  readonly hosts: readonly string[]
  /** Unix seconds. */
  readonly now: number
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
const COMMON_NAME = '2.5.4.3'
const ORGANIZATION = '2.5.4.10'
const SUBJECT_ALT_NAME = '2.5.29.17'
const BASIC_CONSTRAINTS = '2.5.29.19'
const EXTENDED_KEY_USAGE = '2.5.29.37'
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'

/** As long as PBS's own: pinned certificates are not renewed, a new one would stop every client. */
const LIFETIME_SECONDS = 1000 * 365 * 86_400
/** Clocks of clients may be behind. */
const BACKDATE_SECONDS = 86_400
/** Upper bound of the common name (X.520). */
const MAX_COMMON_NAME = 64

const makeKeys = promisify(generateKeyPair)

/** Makes a P-256 key and a certificate for it (RFC 5280). Nothing else than OpenSSL inside of Node is needed. */
export async function createSelfSignedCertificate({ hosts, now }: CertificateRequest): Promise<ServerCertificate> {
  const { publicKey, privateKey } = await makeKeys('ec', { namedCurve: 'P-256' })
  const algorithm = derSequence(derObjectId(ECDSA_WITH_SHA256))
  const subject = derSequence(
    nameAttribute(ORGANIZATION, 'Holdfast'),
    nameAttribute(COMMON_NAME, (hosts[0] ?? 'localhost').slice(0, MAX_COMMON_NAME)),
  )
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40 // positive, and of full length
  const body = derSequence(
    derTagged(0, true, derInteger(Uint8Array.of(2))), // version 3
    derInteger(serial),
    algorithm,
    subject, // issuer
    derSequence(derTime(now - BACKDATE_SECONDS), derTime(now + LIFETIME_SECONDS)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    derTagged(3, true, extensions(hosts)),
  )
  const signature = sign('sha256', body, privateKey)
  const certificate = toPem('CERTIFICATE', derSequence(body, algorithm, derBitString(signature)))
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate,
    fingerprint: certificateFingerprint(certificate),
  }
}

function nameAttribute(type: string, value: string): Uint8Array {
  return derSet(derSequence(derObjectId(type), derUtf8String(value)))
}

function extensions(hosts: readonly string[]): Uint8Array {
  return derSequence(
    derSequence(derObjectId(BASIC_CONSTRAINTS), derBoolean(true), derOctetString(derSequence())), // no authority
    derSequence(derObjectId(EXTENDED_KEY_USAGE), derOctetString(derSequence(derObjectId(SERVER_AUTH)))),
    derSequence(derObjectId(SUBJECT_ALT_NAME), derOctetString(derSequence(...hosts.map(generalName)))),
  )
}

function generalName(host: string): Uint8Array {
  if (isIPv4(host)) return derTagged(7, false, Uint8Array.from(host.split('.').map(Number)))
  if (isIPv6(host)) return derTagged(7, false, ipv6Bytes(host))
  return derTagged(2, false, Buffer.from(host, 'latin1'))
}

/** The URL parser writes every address in its shortest form: eight groups with at most one gap. */
function ipv6Bytes(host: string): Uint8Array {
  const [head = '', tail] = new URL(`http://[${host}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const gap = Array.from({ length: 8 - before.length - after.length }, () => 0)
  return Uint8Array.from([...before, ...gap, ...after].flatMap((group) => [group >>> 8, group & 0xff]))
}

function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
