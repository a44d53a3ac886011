import { join } from 'node:path'
import { openRepository } from '../../repositories/open-repository.ts'
import type { Repository } from '../../repositories/repository.ts'
import type { CryptConfig } from '../../storage/crypt-config.ts'
import { openKeyFile, parseKeyFile } from '../../storage/key-file.ts'
import { type WrapKey, wrapKey } from '../../storage/master-key.ts'
import type { RepositoryAccess } from './job-order.ts'

/** Opens a repository with its keys: the first is the one to write with. The caller closes it. */
export async function openJobRepository(
  access: RepositoryAccess,
  { workerThreads, dataDirectory }: { readonly workerThreads: number | undefined; readonly dataDirectory: string },
  signal: AbortSignal,
): Promise<Repository> {
  const keys: CryptConfig[] = []
  let ownKey: WrapKey | undefined
  for (const { keyFile, passphrase } of access.key === undefined
    ? access.otherKeys
    : [access.key, ...access.otherKeys]) {
    signal.throwIfAborted()
    const file = parseKeyFile(keyFile)
    const crypt = await openKeyFile(file, passphrase)
    if (keys.length === 0 && access.key !== undefined && access.masterKey !== undefined) {
      const { masterKey } = access
      ownKey = () => wrapKey(crypt, masterKey, { now: new Date(), created: file.created })
    }
    keys.push(crypt)
  }
  const { secret, fingerprint } = access
  return openRepository(access.address, {
    keys,
    wrapKey: ownKey,
    threads: workerThreads,
    now: () => Date.now(),
    credentials: { secret, fingerprint },
    cache: { folder: join(dataDirectory, 'cache', access.id) },
  })
}
