import { createCipheriv, scryptSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { CryptConfig } from './crypt-config.ts'
import {
  changePassphrase,
  createKeyFile,
  exportKey,
  formatKeyFile,
  type KeyFile,
  openKeyFile,
  PAPER_KEY_BEGIN,
  PAPER_KEY_END,
  parseKeyFile,
  sealKey,
} from './key-file.ts'

const counting = new CryptConfig(Uint8Array.from({ length: 32 }, (_, i) => i))
const now = new Date('2024-06-05T08:00:00.123Z')
const later = new Date('2025-01-01T00:00:00Z')
const denied = { code: 'key/denied' }

test.each(['scrypt', 'pbkdf2'] as const)('%s: a new key opens with its passphrase only', async (kdf) => {
  const { file, crypt } = await createKeyFile({ now, passphrase: 'correct horse', kdf, hint: 'an animal' })
  const read = parseKeyFile(formatKeyFile(file))
  expect(read).toEqual(file)
  expect(Object.keys(read.kdf ?? {})).toEqual([kdf === 'scrypt' ? 'Scrypt' : 'PBKDF2'])
  expect(read).toMatchObject({
    created: '2024-06-05T08:00:00+00:00',
    hint: 'an animal',
    fingerprint: crypt.fingerprint,
  })
  expect(Buffer.from(read.data, 'base64')).toHaveLength(64)
  expect((await openKeyFile(read, 'correct horse')).fingerprint).toBe(crypt.fingerprint)
  await expect(openKeyFile(read, 'Correct horse')).rejects.toMatchObject(denied)
  await expect(openKeyFile(read)).rejects.toMatchObject(denied)
})

test('two keys are never the same, nor the same key under the same passphrase', async () => {
  const [a, b] = await Promise.all([createKeyFile({ now }), createKeyFile({ now })])
  expect(a.crypt.fingerprint).not.toBe(b.crypt.fingerprint)
  const options = { now, passphrase: 'correct horse', kdf: 'pbkdf2' } as const
  expect((await sealKey(counting, options)).data).not.toBe((await sealKey(counting, options)).data)
})

test('a file as the spec shows it, with a local time, without fingerprint and hint', async () => {
  const salt = Buffer.alloc(32, 7)
  const cipher = createCipheriv(
    'aes-256-gcm',
    scryptSync('secret', salt, 32, { N: 65536, r: 8, p: 1, maxmem: 128 << 20 }),
    Buffer.alloc(16, 9),
  )
  const sealed = Buffer.concat([cipher.update(counting.key), cipher.final()])
  const data = Buffer.concat([Buffer.alloc(16, 9), cipher.getAuthTag(), sealed]).toString('base64')
  const text = `{"kdf":{"Scrypt":{"n":65536,"r":8,"p":1,"salt":"${salt.toString('base64')}"}},
    "created":"2024-06-05T10:00:00+02:00","modified":"2024-06-05T10:00:00.123456789+02:00","data":"${data}"}`
  expect((await openKeyFile(parseKeyFile(text), 'secret')).fingerprint).toBe(counting.fingerprint)
})

test('a whole paper key is read, whatever stands around the key', async () => {
  const file = await sealKey(counting, { now })
  const paper = `Subject: mine\n\n${PAPER_KEY_BEGIN}\n${formatKeyFile(file)}\n${PAPER_KEY_END}\n\n█▀ ▄█\n`
  expect(parseKeyFile(paper)).toEqual(file)
  expect(() => parseKeyFile(paper.replace(PAPER_KEY_END, ''))).toThrow(expect.objectContaining({ code: 'key/invalid' }))
})

test('the passphrase is changed, taken away, and the day of birth stays', async () => {
  const file = await sealKey(counting, { now, passphrase: 'first one', kdf: 'pbkdf2', hint: 'old' })
  const changed = await changePassphrase(file, 'first one', { now: later, passphrase: 'second one', kdf: 'pbkdf2' })
  expect(changed).toMatchObject({ created: file.created, modified: '2025-01-01T00:00:00+00:00' })
  expect(changed.hint).toBeUndefined()
  await expect(openKeyFile(changed, 'first one')).rejects.toMatchObject(denied)
  expect((await openKeyFile(changed, 'second one')).fingerprint).toBe(counting.fingerprint)
  await expect(changePassphrase(file, 'wrong', { now })).rejects.toMatchObject(denied)
  const open = await exportKey(changed, 'second one', later)
  expect(open).toMatchObject({ kdf: null, data: Buffer.from(counting.key).toString('base64'), created: file.created })
  expect((await openKeyFile(open)).fingerprint).toBe(counting.fingerprint)
})

test('a short passphrase is refused', async () => {
  await expect(createKeyFile({ now, passphrase: '1234' })).rejects.toMatchObject({ code: 'input/invalid' })
})

describe('damage', () => {
  const salt = Buffer.alloc(32).toString('base64')
  const base: KeyFile = {
    kdf: null,
    created: '2024-06-05T10:00:00+02:00',
    modified: '2024-06-05T10:00:00+02:00',
    data: Buffer.from(counting.key).toString('base64'),
    fingerprint: counting.fingerprint,
  }

  test('another fingerprint than the key has', async () => {
    const other = { ...base, fingerprint: new CryptConfig(new Uint8Array(32)).fingerprint }
    await expect(openKeyFile(other)).rejects.toMatchObject({ code: 'key/invalid' })
    await expect(openKeyFile({ ...base, fingerprint: counting.fingerprint.toUpperCase() })).resolves.toBeDefined()
  })

  test('a flipped bit of the key is found by the passphrase or the fingerprint', async () => {
    const file = await sealKey(counting, { now, passphrase: 'correct horse', kdf: 'pbkdf2' })
    for (let at = 0; at < 64; at += 5) {
      const data = Buffer.from(file.data, 'base64')
      data[at]! ^= 1
      const flipped = { ...file, data: data.toString('base64') }
      await expect(openKeyFile(flipped, 'correct horse'), `at ${at}`).rejects.toMatchObject(denied)
      if (at < 32) {
        const open = Buffer.from(base.data, 'base64')
        open[at]! ^= 1
        await expect(openKeyFile({ ...base, data: open.toString('base64') })).rejects.toMatchObject({
          code: 'key/invalid',
        })
      }
    }
  })

  test('keys of another length', async () => {
    const sealed = await sealKey(counting, { now, passphrase: 'correct horse', kdf: 'pbkdf2' })
    for (const length of [0, 16, 31, 33, 63, 65]) {
      const data = Buffer.alloc(length).toString('base64')
      await expect(openKeyFile({ ...base, data })).rejects.toMatchObject({ code: 'key/invalid' })
      await expect(openKeyFile({ ...sealed, data }, 'correct horse')).rejects.toMatchObject({ code: 'key/invalid' })
    }
  })

  test('text cut at every byte', () => {
    const text = formatKeyFile(base)
    for (let length = 0; length < text.length; length++)
      expect(() => parseKeyFile(text.slice(0, length))).toThrow(expect.objectContaining({ code: 'key/invalid' }))
  })

  test.each([
    ['memory beyond measure', { kdf: { Scrypt: { n: 2 ** 30, r: 8, p: 1, salt } } }],
    ['n is no power of two', { kdf: { Scrypt: { n: 65535, r: 8, p: 1, salt } } }],
    ['n of one', { kdf: { Scrypt: { n: 1, r: 8, p: 1, salt } } }],
    ['p beyond measure', { kdf: { Scrypt: { n: 65536, r: 8, p: 1000, salt } } }],
    ['rounds beyond measure', { kdf: { PBKDF2: { iter: 2 ** 40, salt } } }],
    ['no rounds', { kdf: { PBKDF2: { iter: 0, salt } } }],
    ['an unknown kdf', { kdf: { Argon2: { salt } } }],
    ['two at once', { kdf: { PBKDF2: { iter: 1, salt }, Scrypt: { n: 2, r: 1, p: 1, salt } } }],
    ['salt that is no base64', { kdf: { PBKDF2: { iter: 1, salt: '!' } } }],
    ['data that is no base64', { data: '###' }],
    ['no time', { created: 'yesterday' }],
    ['no fingerprint', { fingerprint: 'aa:bb' }],
    ['no hint', { hint: 5 }],
  ])('%s', (_name, change) => {
    const text = JSON.stringify({ ...base, ...change })
    expect(() => parseKeyFile(text)).toThrow(expect.objectContaining({ code: 'key/invalid' }))
  })
})
