import { execFileSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { numberedLines, paperBlocks } from '../../src-shared/paper-blocks.ts'
import { decodeBlob, encodeBlob, inspectBlob } from './blob.ts'
import { CryptConfig } from './crypt-config.ts'
import { openKeyFile, parseKeyFile, sealKey } from './key-file.ts'
import { createMasterKey, inspectMasterKey, type MasterKey, recoverKey, wrapKey } from './master-key.ts'

const crypt = new CryptConfig(Uint8Array.from({ length: 32 }, (_, i) => i))
const now = new Date('2024-06-05T08:00:00Z')
const created = '2020-01-01T10:00:00+02:00'

let master: MasterKey
beforeAll(async () => {
  master = await createMasterKey('the master')
})

/** A pair of PEM texts, small so that the tests do not wait for primes. */
function pair(bits: number): MasterKey {
  return generateKeyPairSync('rsa', {
    modulusLength: bits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
}

test('the wrapped key is a plain, uncompressed blob and comes back with its date', async () => {
  const blob = await wrapKey(crypt, master.publicKey, { now, created })
  expect(inspectBlob(blob)).toEqual({ isCompressed: false, isEncrypted: false })
  expect(decodeBlob(blob, { maxPlainBytes: 512 })).toHaveLength(512)
  const file = recoverKey(blob, master.privateKey, 'the master')
  expect(file).toMatchObject({ kdf: null, created, modified: '2024-06-05T08:00:00+00:00' })
  expect((await openKeyFile(file)).fingerprint).toBe(crypt.fingerprint)
  // Typed from paper, with the numbers of the lines.
  const numbered = paperBlocks(master.privateKey, 20).map(numberedLines).join('\n')
  expect(recoverKey(blob, numbered, 'the master')).toEqual(file)
})

describe('refusals', () => {
  test('a wrong passphrase, or none', async () => {
    const blob = await wrapKey(crypt, master.publicKey, { now })
    for (const passphrase of ['The master', undefined])
      expect(() => recoverKey(blob, master.privateKey, passphrase)).toThrow(
        expect.objectContaining({ code: 'key/denied' }),
      )
  })

  test('another master key, of the same length or not', async () => {
    const blob = await wrapKey(crypt, pair(3072).publicKey, { now })
    for (const bits of [3072, 2048])
      expect(() => recoverKey(blob, pair(bits).privateKey)).toThrow(expect.objectContaining({ code: 'key/wrong' }))
  })

  test('a master key too short for the key file, and texts that are no keys', async () => {
    await expect(wrapKey(crypt, pair(2048).publicKey, { now })).rejects.toMatchObject({ code: 'key/invalid' })
    await expect(wrapKey(crypt, 'no key', { now })).rejects.toMatchObject({ code: 'key/invalid' })
    const { publicKey } = generateKeyPairSync('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    await expect(wrapKey(crypt, publicKey, { now })).rejects.toMatchObject({ code: 'key/invalid' })
  })

  test('damage of the blob, and lengths that no key makes', async () => {
    const blob = await wrapKey(crypt, master.publicKey, { now })
    const flipped = blob.slice()
    flipped[100]! ^= 1
    const open = (bytes: Uint8Array) => () => recoverKey(bytes, master.privateKey, 'the master')
    expect(open(flipped)).toThrow(expect.objectContaining({ code: 'blob/corrupt' }))
    expect(open(encodeBlob(new Uint8Array(511), { compress: false }))).toThrow(
      expect.objectContaining({ code: 'key/wrong' }),
    )
    expect(open(encodeBlob(new Uint8Array(512).fill(255), { compress: false }))).toThrow(
      expect.objectContaining({ code: 'key/wrong' }),
    )
    expect(open(encodeBlob(new Uint8Array(3000), { compress: false }))).toThrow(
      expect.objectContaining({ code: 'blob/corrupt' }),
    )
  })
})

describe('what a public key is', () => {
  test('is told of each notation alike', async () => {
    const { publicKey } = pair(3072)
    const pkcs1 = createPublicKey(publicKey).export({ type: 'pkcs1', format: 'pem' }).toString()
    const facts = await inspectMasterKey(pkcs1)
    expect(facts).toEqual(await inspectMasterKey(publicKey))
    expect(facts).toMatchObject({ publicKey, bits: 3072, fingerprint: expect.stringMatching(/^([0-9a-f]{2}:){31}..$/) })
  })

  test('the private part, a key that is too short and what is no key are refused before they are kept', async () => {
    const { privateKey } = pair(3072)
    for (const text of [privateKey, master.privateKey, pair(2048).publicKey, '', 'no key'])
      await expect(inspectMasterKey(text)).rejects.toMatchObject({ code: 'key/invalid' })
  })
})

describe('OpenSSL, which the original uses', () => {
  let folder: string
  const openssl = (words: readonly string[], input: Uint8Array) =>
    execFileSync('openssl', ['pkeyutl', ...words, '-pkeyopt', 'rsa_padding_mode:pkcs1'], { input, cwd: folder })

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-master-'))
    await writeFile(path.join(folder, 'private.pem'), master.privateKey)
    await writeFile(path.join(folder, 'public.pem'), master.publicKey)
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('opens what we wrap, with the passphrase of our private key', async () => {
    const wrapped = decodeBlob(await wrapKey(crypt, master.publicKey, { now, created }), { maxPlainBytes: 512 })
    const text = openssl(['-decrypt', '-inkey', 'private.pem', '-passin', 'pass:the master'], wrapped).toString()
    const file = parseKeyFile(text)
    expect(file).toMatchObject({ kdf: null, created })
    expect((await openKeyFile(file)).fingerprint).toBe(crypt.fingerprint)
    // Compact, and its members in the order of the original.
    expect(text).toBe(JSON.stringify(file))
    expect(Object.keys(file)).toEqual(['kdf', 'created', 'modified', 'data', 'fingerprint'])
  })

  test('wraps what we open', async () => {
    const file = JSON.stringify(await sealKey(crypt, { now }))
    const blob = encodeBlob(openssl(['-encrypt', '-pubin', '-inkey', 'public.pem'], Buffer.from(file)), {
      compress: false,
    })
    expect((await openKeyFile(recoverKey(blob, master.privateKey, 'the master'))).fingerprint).toBe(crypt.fingerprint)
  })
})
