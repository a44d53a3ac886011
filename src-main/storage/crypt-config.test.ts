import { scryptSync } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CryptConfig, plainDigest } from './crypt-config.ts'
import { readDigest, writeDigest } from './digest-bytes.ts'

const counting = new CryptConfig(Uint8Array.from({ length: 32 }, (_, i) => i))
const hello = new TextEncoder().encode('hello world')

test('digests with and without a key are those of the spec', () => {
  expect(plainDigest(hello)).toBe('b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9')
  expect(counting.digest(hello)).toBe('29d6770e718a93cf4a7663ddc167cf40c128b67cc20d36bd49adec140981f9d5')
})

test('fingerprints are those of the spec', () => {
  expect(counting.fingerprint.replaceAll(':', '')).toBe(
    '0eabd4460b6eb9ca345023dee2b778c790e54a1683b9659c0a57ae199090159b',
  )
  expect(counting.fingerprint).toHaveLength(95)
  expect(counting.shortFingerprint).toBe('0e:ab:d4:46:0b:6e:b9:ca')
  const derived = new CryptConfig(scryptSync('test', '', 32, { N: 65536, r: 8, p: 1, maxmem: 128 << 20 }))
  expect(derived.fingerprint.replaceAll(':', '')).toBe(
    '12b9b774bb3d89952b97cbc282f00c142b83ba7f96626aa15a449a63e891fe25',
  )
})

test('what is encrypted is decrypted, never twice with the same IV, and only by the same key', () => {
  const other = new CryptConfig(new Uint8Array(32).fill(1))
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (plain) => {
      const sealed = counting.encrypt(plain)
      expect(Buffer.from(counting.encrypt(plain).iv)).not.toEqual(Buffer.from(sealed.iv))
      expect(Buffer.from(counting.decrypt(sealed))).toEqual(Buffer.from(plain))
      expect(() => other.decrypt(sealed)).toThrow(expect.objectContaining({ code: 'key/wrong' }))
    }),
  )
})

test('a key has 32 bytes, and later changes of the array do not reach it', () => {
  for (const length of [0, 16, 31, 33])
    expect(() => new CryptConfig(new Uint8Array(length))).toThrow(expect.objectContaining({ code: 'key/invalid' }))
  const bytes = new Uint8Array(32)
  const config = new CryptConfig(bytes)
  const sealed = config.encrypt(hello)
  bytes.fill(9)
  expect(Buffer.from(config.decrypt(sealed))).toEqual(Buffer.from(hello))
})

test('a digest goes to bytes and back, at any place of a buffer', () => {
  const digest = plainDigest(hello)
  const bytes = new Uint8Array(50).subarray(3)
  writeDigest(digest, bytes, 7)
  expect(readDigest(bytes, 7)).toBe(digest)
  expect(() => writeDigest('abc' as typeof digest, bytes)).toThrow(TypeError)
})
