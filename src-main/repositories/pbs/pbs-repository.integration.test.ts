import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'vitest'
import { ROOT_TOKEN, SECRET, startServer } from '../../engines/pbs/server/testing/server.fixture.ts'
import { CryptConfig } from '../../storage/crypt-config.ts'
import { describeRepository } from '../describe-repository.ts'
import { openPbsRepository } from './pbs-repository.ts'

const key = new CryptConfig(Uint8Array.from({ length: 32 }, (_, i) => i))

for (const [cryptMode, threads] of [
  ['none', 2],
  ['encrypt', 0],
  ['sign-only', 0],
] as const) {
  describeRepository('a Proxmox Backup Server', cryptMode, async () => {
    const server = await startServer()
    const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-pbs-'))
    const keys = cryptMode === 'none' ? [] : [key]
    const repository = await openPbsRepository(`${ROOT_TOKEN}@127.0.0.1:${server.port}:tank`, {
      keys,
      threads,
      now: () => Date.now(),
      credentials: { secret: SECRET, fingerprint: server.fingerprint },
      cache: cryptMode === 'sign-only' ? { folder: path.join(folder, 'cache'), maxBytes: 8 << 20 } : undefined,
    })
    return {
      repository,
      dispose: async () => {
        await repository.close()
        await server.close()
        await rm(folder, { recursive: true })
        expect(server.warnings).toEqual([])
      },
    }
  })
}
