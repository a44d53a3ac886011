import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SecretStore } from '../../app/host.ts'
import { openSealedSecrets } from '../node/sealed-secrets.ts'
import { type Keychain, openSealedStore } from './sealed-store.ts'

/**
 * Secrets stay where they began: in the keychain, or in the sealed file of the command line. Where neither is there and
 * the system has no keychain that is unlocked, the person is asked before anything is kept in a file (style S13).
 *
 * @throws `secret/unavailable` when there is no keychain and the person wants no file.
 */
export async function openSecrets(
  dataDirectory: string,
  keychain: Keychain,
  mayKeepInFile: () => Promise<boolean>,
): Promise<SecretStore> {
  const sealedByKeychain = join(dataDirectory, 'keychain.json')
  const file = () => openSealedSecrets(dataDirectory, process.env.HOLDFAST_PASSPHRASE)
  if (existsSync(sealedByKeychain)) return openSealedStore(sealedByKeychain, keychain)
  if (existsSync(join(dataDirectory, 'secrets.json'))) return file()
  try {
    return await openSealedStore(sealedByKeychain, keychain)
  } catch (error) {
    const hasNoKeychain = error instanceof HoldfastError && error.code === 'secret/unavailable'
    if (!hasNoKeychain || !(await mayKeepInFile())) throw error
    const store = await file()
    await store.delete('none') // writes the file: the person is asked once
    return store
  }
}
