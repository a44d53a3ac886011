import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Keychain, openSealedStore } from './sealed-store.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-keychain-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** Reverses the text: enough to see that the store seals, opens and seals again. */
function keychain(backend: string, facts: { available?: boolean; rotate?: () => boolean } = {}): Keychain {
  const turn = (text: string) => [...text].reverse().join('')
  return {
    isAvailable: async () => facts.available ?? true,
    backend: () => backend,
    encrypt: async (text) => new TextEncoder().encode(turn(text)),
    decrypt: async (sealed) => ({
      text: turn(new TextDecoder().decode(sealed)),
      shouldSealAgain: facts.rotate?.() ?? false,
    }),
  }
}

test('secrets are sealed, private to their owner, and come back', async () => {
  const path = join(directory, 'keychain.json')
  const store = await openSealedStore(path, keychain('gnome_libsecret'))
  await store.set('password', 'swordfish')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readFile(path, 'utf8')).not.toContain('swordfish')
  expect(await (await openSealedStore(path, keychain('gnome_libsecret'))).get('password')).toBe('swordfish')
  await store.delete('password')
  expect(await store.get('password')).toBeUndefined()
})

test('no keychain, or one that protects nothing, is an error and never a fallback', async () => {
  const path = join(directory, 'keychain.json')
  await expect(openSealedStore(path, keychain('basic_text'))).rejects.toMatchObject({ code: 'secret/unavailable' })
  await expect(openSealedStore(path, keychain('kwallet6', { available: false }))).rejects.toMatchObject({
    code: 'secret/unavailable',
  })
})

test('a changed back end is named', async () => {
  const path = join(directory, 'keychain.json')
  await (await openSealedStore(path, keychain('kwallet6'))).set('a', 'b')
  await expect(openSealedStore(path, keychain('gnome_libsecret'))).rejects.toThrow(/kwallet6.*gnome_libsecret/)
})

test('a secret is sealed again when the keychain asks for it', async () => {
  const path = join(directory, 'keychain.json')
  let rotations = 1
  const store = await openSealedStore(path, keychain('darwin', { rotate: () => rotations-- > 0 }))
  await store.set('a', 'b')
  const before = (await stat(path)).mtimeMs
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(await store.get('a')).toBe('b')
  expect((await stat(path)).mtimeMs).toBeGreaterThan(before)
})
