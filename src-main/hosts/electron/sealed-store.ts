import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SecretStore } from '../../app/host.ts'

/** The part of Electron's `safeStorage` that is used; a parameter, so that a test can change the back end. */
export interface Keychain {
  isAvailable(): Promise<boolean>
  /** Name of the system's back end, such as `gnome_libsecret`; `basic_text` protects nothing. */
  backend(): string
  encrypt(text: string): Promise<Uint8Array>
  decrypt(sealed: Uint8Array): Promise<{ readonly text: string; readonly shouldSealAgain: boolean }>
}

const sealedFile = z.object({ version: z.literal(1), backend: z.string(), secrets: z.record(z.string(), z.base64()) })
type SealedFile = z.infer<typeof sealedFile>

/**
 * Secrets sealed by the system's keychain, in one file of mode 0600 (style S13). The back end's name is kept beside them:
 * when it has changed, what was sealed by the old one cannot be opened, and saying so beats a wrong answer. There is no
 * silent fallback: without a keychain the store is unavailable.
 */
export async function openSealedStore(path: string, keychain: Keychain): Promise<SecretStore> {
  if (!(await keychain.isAvailable()) || keychain.backend() === 'basic_text') {
    throw new HoldfastError('secret/unavailable', { hint: 'Unlock or install a keyring, then start Holdfast again.' })
  }
  let queue: Promise<unknown> = Promise.resolve()
  const change = (edit: (file: SealedFile) => Promise<SealedFile>): Promise<void> => {
    const next = queue.then(async () => save(path, await edit(await load(path, keychain))))
    queue = next.catch(() => {}) // the caller hears of it; the next change must still run
    return next
  }
  const set = (name: string, value: string) =>
    change(async (file) => {
      const sealed = Buffer.from(await keychain.encrypt(value)).toString('base64')
      return { ...file, backend: keychain.backend(), secrets: { ...file.secrets, [name]: sealed } }
    })

  await load(path, keychain)
  return {
    set,
    async get(name) {
      const sealed = (await load(path, keychain)).secrets[name]
      if (sealed === undefined) return undefined
      const { text, shouldSealAgain } = await openOne(keychain, sealed)
      if (shouldSealAgain) await set(name, text)
      return text
    },
    delete: (name) =>
      change(async (file) => ({
        ...file,
        secrets: Object.fromEntries(Object.entries(file.secrets).filter(([key]) => key !== name)),
      })),
  }
}

async function openOne(keychain: Keychain, sealed: string) {
  try {
    return await keychain.decrypt(Buffer.from(sealed, 'base64'))
  } catch (error) {
    throw new HoldfastError('secret/unavailable', { hint: 'Unlock the keyring of this computer.', cause: error })
  }
}

async function load(path: string, keychain: Keychain): Promise<SealedFile> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { version: 1, backend: keychain.backend(), secrets: {} }
    throw new HoldfastError('secret/unavailable', { cause: error })
  }
  const parsed = sealedFile.safeParse(JSON.parse(text))
  if (!parsed.success) throw new HoldfastError('secret/unavailable', { cause: parsed.error })
  if (parsed.data.backend !== keychain.backend()) {
    throw new HoldfastError('secret/unavailable', {
      detail: `They were sealed by ${parsed.data.backend}, this session offers ${keychain.backend()}.`,
      hint: 'Log in to the desktop they were made in, or bring the keys back from their recovery sheets.',
    })
  }
  return parsed.data
}

async function save(path: string, file: SealedFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}.tmp`
  const handle = await open(temporary, 'w', 0o600)
  try {
    await handle.writeFile(JSON.stringify(file))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, path)
}
