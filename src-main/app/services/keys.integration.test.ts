import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openCatalog } from '../../catalog/main/open-catalog.ts'
import { openKeyFile, parseKeyFile } from '../../storage/key-file.ts'
import { systemClock } from '../clock.ts'
import type { SecretStore } from '../host.ts'
import { memorySecrets } from '../testing/plain-host.ts'
import { Changes } from './changes.ts'
import { KeysService } from './keys.ts'

test('a change of passphrase that was cut short after any step leaves a key that opens', async () => {
  for (let steps = 0; steps <= 4; steps++) {
    const { secrets, crash, keys } = open()
    const { id, fingerprint } = await keys.create('Mine', 'correct horse')
    crash.after = steps
    await keys.changePassphrase(id, 'battery staple').catch(() => undefined)
    crash.after = Number.POSITIVE_INFINITY

    // As after the next start: the key file and the passphrase of the safe belong together, old or new.
    const { keyFile, passphrase } = await keys.access(id)
    expect((await openKeyFile(parseKeyFile(keyFile), passphrase)).fingerprint).toBe(fingerprint)
    expect(passphrase).toBe(steps === 0 ? 'correct horse' : 'battery staple')
    expect(await secrets.get(`encryption-key/${id}/next`)).toBeUndefined()
  }
})

/** The safe of a computer that loses its power after so many writes. */
function open() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-keys-'))
  const catalog = openCatalog(folder, { now: Date.now })
  onTestFinished(() => {
    catalog.close()
    rmSync(folder, { recursive: true })
  })
  const crash = { after: Number.POSITIVE_INFINITY }
  const kept = memorySecrets()
  const step = () => {
    if (crash.after-- <= 0) throw new Error('the power is gone')
  }
  const secrets: SecretStore = {
    get: kept.get,
    async set(name, value) {
      step()
      await kept.set(name, value)
    },
    async delete(name) {
      step()
      await kept.delete(name)
    },
  }
  return { secrets, crash, keys: new KeysService({ catalog, secrets, clock: systemClock, changes: new Changes() }) }
}
