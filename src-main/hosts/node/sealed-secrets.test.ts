import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSealedSecrets } from './sealed-secrets.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-secrets-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

test('secrets come back after a restart, and only with the passphrase', async () => {
  const store = await openSealedSecrets(directory, 'correct horse')
  await store.set('encryption-key/1', 'the key')
  expect(await (await openSealedSecrets(directory, 'correct horse')).get('encryption-key/1')).toBe('the key')
  await expect(openSealedSecrets(directory, 'wrong')).rejects.toMatchObject({ code: 'secret/unavailable' })
})

test('the file is for its owner only and holds no secret in the clear', async () => {
  const store = await openSealedSecrets(directory, undefined)
  await store.set('password', 'swordfish')
  for (const name of ['secrets.json', 'secrets.passphrase']) {
    expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(directory, name), 'utf8')).not.toContain('swordfish')
  }
})

test('changes made at once are all kept', async () => {
  const store = await openSealedSecrets(directory, 'x')
  await Promise.all([store.set('a', '1'), store.set('b', '2'), store.set('c', '3')])
  await store.delete('b')
  expect([await store.get('a'), await store.get('b'), await store.get('c')]).toEqual(['1', undefined, '3'])
})

test('a flipped bit is noticed', async () => {
  const store = await openSealedSecrets(directory, 'x')
  await store.set('a', '1')
  const path = join(directory, 'secrets.json')
  const file = JSON.parse(await readFile(path, 'utf8'))
  const data = Buffer.from(file.data, 'base64')
  data[0] = (data[0] ?? 0) ^ 1
  await writeFile(path, JSON.stringify({ ...file, data: data.toString('base64') }))
  await expect(store.get('a')).rejects.toMatchObject({ code: 'secret/unavailable' })
})
