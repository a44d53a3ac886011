import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SecretStore } from '../../app/host.ts'
import { makeFolders } from '../../os/make-folders.ts'

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)
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
 * @throws `disk/read-only` when the directory cannot be made, `secret/unavailable` when the file is damaged or the passphrase is wrong.
 */
export async function openSealedSecrets(directory: string, passphrase: string | undefined): Promise<SecretStore> {
  try {
    makeFolders(directory, 0o700)
  } catch (cause) {
    const hint = 'Name another data directory with --data or HOLDFAST_DATA.'
    throw new HoldfastError('disk/read-only', { detail: directory, hint, cause })
  }
  const path = join(directory, 'secrets.json')
  const phrase = passphrase ?? (await ownPassphrase(join(directory, 'secrets.passphrase')))
  const vault = new Vault(phrase)
  let queue: Promise<unknown> = Promise.resolve()

  /** One change at a time; each reads what another process may have written since. */
  const change = (edit: (secrets: SecretMap) => SecretMap): Promise<void> => {
    const next = queue.then(async () => {
      const secrets = edit(await vault.load(path))
      await writeDurably(path, JSON.stringify(await vault.seal(secrets)))
    })
    queue = next.catch(() => {}) // the caller hears of it; the next change must still run
    return next
  }

  await vault.load(path)
  return {
    get: async (name) => (await vault.load(path))[name],
    set: (name, value) => change((secrets) => ({ ...secrets, [name]: value })),
    delete: (name) => change((secrets) => Object.fromEntries(Object.entries(secrets).filter(([key]) => key !== name))),
  }
}

/** Opens and seals under one passphrase. The slow derivation happens once a salt, off the main thread. */
class Vault {
  readonly #passphrase: string
  readonly #keys = new Map<string, Promise<Buffer>>()
  #salt = randomBytes(16).toString('base64')

  constructor(passphrase: string) {
    this.#passphrase = passphrase
  }

  async load(path: string): Promise<SecretMap> {
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      if (isMissing(error)) return {}
      throw new HoldfastError('secret/unavailable', { cause: error })
    }
    try {
      const file = sealedFile.parse(JSON.parse(text))
      const decipher = createDecipheriv('aes-256-gcm', await this.#key(file.salt), Buffer.from(file.iv, 'base64'))
      decipher.setAuthTag(Buffer.from(file.tag, 'base64'))
      const plain = Buffer.concat([decipher.update(Buffer.from(file.data, 'base64')), decipher.final()])
      this.#salt = file.salt
      return secretMap.parse(JSON.parse(plain.toString('utf8')))
    } catch (error) {
      throw new HoldfastError('secret/unavailable', {
        hint: 'Check the passphrase in HOLDFAST_PASSPHRASE.',
        cause: error,
      })
    }
  }

  async seal(secrets: SecretMap): Promise<z.infer<typeof sealedFile>> {
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', await this.#key(this.#salt), iv)
    const data = Buffer.concat([cipher.update(JSON.stringify(secrets), 'utf8'), cipher.final()])
    const text = (bytes: Buffer) => bytes.toString('base64')
    return { version: 1, salt: this.#salt, iv: text(iv), tag: text(cipher.getAuthTag()), data: text(data) }
  }

  #key(salt: string): Promise<Buffer> {
    let key = this.#keys.get(salt)
    if (!key) {
      key = derive(this.#passphrase, Buffer.from(salt, 'base64'), 32, scryptCost)
      this.#keys.set(salt, key)
    }
    return key
  }
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

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
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
