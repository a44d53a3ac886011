import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSealedSecrets } from '../node/sealed-secrets.ts'
import { openSecrets } from './open-secrets.ts'
import type { Keychain } from './sealed-store.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-secrets-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

function keychain(isAvailable: boolean): Keychain {
  return {
    isAvailable: async () => isAvailable,
    backend: () => 'gnome_libsecret',
    encrypt: async (text) => new TextEncoder().encode(text),
    decrypt: async (sealed) => ({ text: new TextDecoder().decode(sealed), shouldSealAgain: false }),
  }
}

const unasked = () => Promise.reject(new Error('asked for a file without a need'))

test('with a keychain nobody is asked, and nothing but it is used', async () => {
  await (await openSecrets(directory, keychain(true), unasked)).set('key', 'one')
  expect(await readdir(directory)).toEqual(['keychain.json'])
  // Locked later: what it holds must not be forgotten for a file.
  await expect(openSecrets(directory, keychain(false), unasked)).rejects.toMatchObject({ code: 'secret/unavailable' })
})

test('without one the person is asked, once', async () => {
  await expect(openSecrets(directory, keychain(false), async () => false)).rejects.toMatchObject({
    code: 'secret/unavailable',
  })
  const store = await openSecrets(directory, keychain(false), async () => true)
  await store.set('key', 'one')
  const again = await openSecrets(directory, keychain(false), unasked)
  expect(await again.get('key')).toBe('one')
})

test('what the command line keeps is found by the window', async () => {
  const store = await openSealedSecrets(directory, undefined)
  await store.set('key', 'one')
  const later = await openSecrets(directory, keychain(true), unasked)
  expect(await later.get('key')).toBe('one')
})
