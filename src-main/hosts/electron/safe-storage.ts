import { safeStorage } from 'electron'
import type { Keychain } from './sealed-store.ts'

/** Electron's own keychain as the store wants it; only Linux can tell its back ends apart. */
export const systemKeychain: Keychain = {
  isAvailable: () => safeStorage.isAsyncEncryptionAvailable(),
  backend: () => (process.platform === 'linux' ? safeStorage.getSelectedStorageBackend() : process.platform),
  encrypt: (text) => safeStorage.encryptStringAsync(text),
  async decrypt(sealed) {
    const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(Buffer.from(sealed))
    return { text: result, shouldSealAgain: shouldReEncrypt }
  },
}
