import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SecretStore } from '../../app/host.ts'

const scryptCost = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const

const sealedFile = z.object({
  version: z.literal(1),
  salt: z.base64(),
  iv: z.base64(),
  tag: z.base64(),
  data: z.base64(),
})
const secretMap = z.record(z.string(), z.string())
type SecretMap = z.infer<typeof secretMap>

/**
 * Secrets in one file of mode 0600, AES-256-GCM under a passphrase (scrypt). Where no passphrase is given, a random one is
 * kept in a file of its own, mode 0600, beside it: then whoever can read this person's files can read the secrets too,
 * which docs/security.md says.
 *
 * @throws `secret/unavailable` when the file is damaged or the passphrase is wrong.
 */
export async function openSealedSecrets(directory: string, passphrase: string | undefined): Promise<SecretStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, 'secrets.json')
  const phrase = passphrase ?? (await ownPassphrase(join(directory, 'secrets.passphrase')))
  let queue: Promise<unknown> = Promise.resolve()

  /** One change at a time; each reads what another process may have written since. */
  const change = (edit: (secrets: SecretMap) => SecretMap): Promise<void> => {
    const next = queue.then(async () => {
      const secrets = edit(await load(path, phrase))
      await writeDurably(path, JSON.stringify(seal(secrets, phrase)))
    })
    queue = next.catch(() => {}) // the caller hears of it; the next change must still run
    return next
  }

  await load(path, phrase)
  return {
    get: async (name) => (await load(path, phrase))[name],
    set: (name, value) => change((secrets) => ({ ...secrets, [name]: value })),
    delete: (name) => change((secrets) => Object.fromEntries(Object.entries(secrets).filter(([key]) => key !== name))),
  }
}

async function load(path: string, passphrase: string): Promise<SecretMap> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw new HoldfastError('secret/unavailable', { cause: error })
  }
  try {
    const file = sealedFile.parse(JSON.parse(text))
    const bytes = (field: string) => Buffer.from(field, 'base64')
    const decipher = createDecipheriv(
      'aes-256-gcm',
      scryptSync(passphrase, bytes(file.salt), 32, scryptCost),
      bytes(file.iv),
    )
    decipher.setAuthTag(bytes(file.tag))
    return secretMap.parse(
      JSON.parse(Buffer.concat([decipher.update(bytes(file.data)), decipher.final()]).toString('utf8')),
    )
  } catch (error) {
    throw new HoldfastError('secret/unavailable', {
      hint: 'Check the passphrase in HOLDFAST_PASSPHRASE.',
      cause: error,
    })
  }
}

function seal(secrets: SecretMap, passphrase: string): z.infer<typeof sealedFile> {
  const salt = randomBytes(16)
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', scryptSync(passphrase, salt, 32, scryptCost), iv)
  const data = Buffer.concat([cipher.update(JSON.stringify(secrets), 'utf8'), cipher.final()])
  const text = (bytes: Buffer) => bytes.toString('base64')
  return { version: 1, salt: text(salt), iv: text(iv), tag: text(cipher.getAuthTag()), data: text(data) }
}

async function ownPassphrase(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      throw new HoldfastError('secret/unavailable', { cause: error })
  }
  const passphrase = randomBytes(32).toString('base64url')
  await writeDurably(path, `${passphrase}\n`)
  return passphrase
}

/** Temporary name, fsync, rename: a crash leaves the old file or the new one. */
async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
