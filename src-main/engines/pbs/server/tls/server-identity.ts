import { randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { HoldfastError } from '../../../../../src-shared/errors.ts'
import { errorCode } from '../../../../os/system-error.ts'
import { replaceFile, syncFolder } from '../../../../storage/datastore/durable-file.ts'
import { certificateFingerprint } from '../../wire/fingerprint.ts'
import { type CertificateRequest, createSelfSignedCertificate, type ServerCertificate } from './self-signed.ts'

/** What makes a server the same one after a restart. */
export interface ServerIdentity extends ServerCertificate {
  /** Signs tickets, so that they survive a restart. */
  readonly ticketSecret: Uint8Array
}

const FILE_NAME = 'pbs-server.json'
const SECRET_BYTES = 32

const storedIdentity = z.strictObject({
  version: z.literal(1),
  key: z.string().startsWith('-----BEGIN'),
  certificate: z.string().startsWith('-----BEGIN'),
  ticketSecret: z.base64(),
})

/**
 * The identity kept in the folder, in one file of mode 0600; made at the first start. A damaged file is an error, never
 * replaced: every client that pinned the certificate would stop. Throws `secret/unavailable`.
 */
export async function openServerIdentity(folder: string, request: CertificateRequest): Promise<ServerIdentity> {
  const file = path.join(folder, FILE_NAME)
  const stored = await readIfThere(file)
  if (stored !== undefined) return parseIdentity(stored, file)
  const certificate = await createSelfSignedCertificate(request)
  const ticketSecret = randomBytes(SECRET_BYTES)
  const content = {
    version: 1,
    key: certificate.key,
    certificate: certificate.certificate,
    ticketSecret: ticketSecret.toString('base64'),
  } satisfies z.infer<typeof storedIdentity>
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await replaceFile(file, Buffer.from(JSON.stringify(content)), { mode: 0o600, isDurable: true })
  await syncFolder(folder)
  return { ...certificate, ticketSecret }
}

function parseIdentity(text: string, file: string): ServerIdentity {
  try {
    const { key, certificate, ticketSecret } = storedIdentity.parse(JSON.parse(text))
    return {
      key,
      certificate,
      fingerprint: certificateFingerprint(certificate),
      ticketSecret: Buffer.from(ticketSecret, 'base64'),
    }
  } catch (cause) {
    throw new HoldfastError('secret/unavailable', {
      detail: `${file} is damaged.`,
      hint: 'Restore this file from a copy. Removing it makes a new certificate, which every client must be told of.',
      cause,
    })
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
