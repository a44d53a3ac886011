import { scryptSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Digest } from '../../src-shared/model/digest.ts'
import { decodeBlob, encodeBlob } from './blob.ts'
import { canonicalJson, type JsonValue, parseJson, prettyJson } from './canonical-json.ts'
import { CryptConfig } from './crypt-config.ts'
import {
  checkFile,
  encodeManifest,
  findFile,
  type Manifest,
  parseManifest,
  signedBytes,
  signManifest,
  verifyManifest,
} from './manifest.ts'

const crypt = new CryptConfig(scryptSync('test', '', 32, { N: 65536, r: 8, p: 1, maxmem: 128 << 20 }))
const otherKey = new CryptConfig(new Uint8Array(32))
const refused = (code: string) => expect.objectContaining({ code })
const blobOf = (json: string): Uint8Array => encodeBlob(new TextEncoder().encode(json), { compress: false })
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const csum1 = '01'.repeat(32) as Digest
const csum2 = '02'.repeat(32) as Digest

const manifest: Manifest = {
  'backup-type': 'host',
  'backup-id': 'elsa',
  'backup-time': 1593179765,
  files: [
    { filename: 'test1.img.fidx', 'crypt-mode': 'encrypt', size: 200n, csum: csum1 },
    { filename: 'abc.blob', 'crypt-mode': 'none', size: 200n, csum: csum2 },
  ],
  unprotected: {},
}

describe('the verified vector of the spec', () => {
  test('canonical form', () => {
    expect(textOf(signedBytes(manifest))).toBe(
      `{"backup-id":"elsa","backup-time":1593179765,"backup-type":"host","files":[{"crypt-mode":"encrypt","csum":"${csum1}","filename":"test1.img.fidx","size":200},{"crypt-mode":"none","csum":"${csum2}","filename":"abc.blob","size":200}]}`,
    )
  })

  test('signature', () => {
    expect(signManifest(manifest, crypt).signature).toBe(
      'd7b446fb7db081662081d4b40fedd858a1d6307a5aff4ecff7d5bf4fd35679e9',
    )
  })
})

test('a manifest is parsed as it was encoded, with numbers no number can hold and members nobody knows', () => {
  const large = signManifest(
    {
      ...manifest,
      'from-the-future': { deep: [1, 2n ** 60n + 1n] },
      files: [{ filename: 'huge.img.fidx', 'crypt-mode': 'encrypt', size: 2n ** 64n - 1n, csum: csum1, more: 'x' }],
      unprotected: { notes: 'Größe “x”\n', verify_state: { state: 'ok', upid: 'UPID:x' } },
    },
    crypt,
  )
  const parsed = parseManifest(encodeManifest(large))
  expect(parsed).toEqual(large)
  expect(verifyManifest(parsed, crypt)).toBe('signed')
  expect(textOf(decodeBlob(encodeManifest(large), { maxPlainBytes: 1 << 20 }))).toContain(
    '\n      "size": 18446744073709551615,\n',
  )
})

test('null members, as the original writes them, are absent', () => {
  const parsed = parseManifest(
    blobOf(
      '{"backup-type":"ct","backup-id":"100","backup-time":1,"files":[],"signature":null,"unprotected":{"notes":null}}',
    ),
  )
  expect(verifyManifest(parsed, undefined)).toBe('unsigned')
  expect(parseManifest(blobOf('{"backup-type":"ct","backup-id":"1","backup-time":1,"files":[]}')).unprotected).toEqual(
    {},
  )
})

describe('verification', () => {
  const signed = signManifest(manifest, crypt)

  test('what is unprotected may change', () => {
    const noted = { ...signed, unprotected: { ...signed.unprotected, notes: 'hello' } }
    expect(verifyManifest(noted, crypt)).toBe('signed')
  })

  test.each<[string, Manifest]>([
    ['id', { ...signed, 'backup-id': 'anna' }],
    ['time', { ...signed, 'backup-time': 1 }],
    ['a file less', { ...signed, files: signed.files.slice(1) }],
    ['files in another order', { ...signed, files: signed.files.toReversed() }],
    ['a size', { ...signed, files: signed.files.map((file) => ({ ...file, size: 201n })) }],
    ['an unknown member', { ...signed, extra: 1 }],
    ['the signature', { ...signed, signature: '00'.repeat(32) }],
  ])('%s changed: refused', (_name, changed) => {
    expect(() => verifyManifest(changed, crypt)).toThrow(refused('manifest/signature'))
  })

  test('the key must be the one that is named', () => {
    expect(() => verifyManifest(signed, undefined)).toThrow(refused('key/missing'))
    expect(() => verifyManifest(signed, otherKey)).toThrow(refused('key/wrong'))
    const shouting = { ...signed, unprotected: { 'key-fingerprint': crypt.fingerprint.toUpperCase() } }
    expect(verifyManifest(shouting, crypt)).toBe('signed')
    expect(verifyManifest(manifest, crypt)).toBe('unsigned')
  })

  test('no bit of what is signed can be flipped', () => {
    const bytes = new TextEncoder().encode(textOf(decodeBlob(encodeManifest(signed), { maxPlainBytes: 1 << 20 })))
    const end = textOf(bytes).indexOf('"unprotected"')
    for (let bit = 0; bit < end * 8; bit++) {
      const flipped = bytes.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      const verify = (): unknown => {
        const parsed = parseManifest(encodeBlob(flipped, { compress: false }))
        return verifyManifest(parsed, crypt) && textOf(signedBytes(parsed)) === textOf(signedBytes(signed))
      }
      let outcome: unknown
      try {
        outcome = verify() ? 'only whitespace' : 'overlooked'
      } catch (error) {
        outcome = (error as { code?: string }).code
      }
      expect(['only whitespace', 'manifest/corrupt', 'manifest/signature']).toContain(outcome)
    }
  })

  test('a signature without a named key and without a key is unchecked', () => {
    expect(verifyManifest({ ...signed, unprotected: {} }, undefined)).toBe('unchecked')
    expect(() => verifyManifest({ ...signed, unprotected: {} }, otherKey)).toThrow(refused('manifest/signature'))
  })

  test('a manifest that has no canonical form is not signed by anyone', () => {
    const odd = parseManifest(
      blobOf(`{"backup-type":"ct","backup-id":"1","backup-time":1,"files":[],"odd":null,"signature":"${csum1}"}`),
    )
    expect(() => verifyManifest(odd, crypt)).toThrow(refused('manifest/corrupt'))
  })
})

describe('refusals', () => {
  const text = textOf(decodeBlob(encodeManifest(signManifest(manifest, crypt)), { maxPlainBytes: 1 << 20 }))

  test('text cut at every byte', () => {
    for (let length = 0; length < text.length; length++)
      expect(() => parseManifest(blobOf(text.slice(0, length)))).toThrow(refused('manifest/corrupt'))
  })

  test.each([
    ['"host"', '"other"'],
    ['"elsa"', '"../elsa"'],
    ['1593179765', '0'],
    ['1593179765', '1.5'],
    ['"abc.blob"', '"a/b.blob"'],
    ['"none"', '"some"'],
    ['"size": 200', '"size": -1'],
    ['"size": 200', '"size": 200.5'],
    ['"size": 200', '"size": 18446744073709551616'],
    [csum1, csum1.slice(1)],
    [csum1, 'G'.repeat(64)],
    ['"files": [', '"files": [[],'],
  ])('%s → %s', (from, to) => {
    expect(text).toContain(from)
    expect(() => parseManifest(blobOf(text.replace(from, to)))).toThrow(refused('manifest/corrupt'))
  })

  test('no JSON, no UTF-8, no object, no blob', () => {
    for (const json of ['', '[]', 'null', '"x"', '{}', '['.repeat(100_000)])
      expect(() => parseManifest(blobOf(json))).toThrow(refused('manifest/corrupt'))
    expect(() => parseManifest(encodeBlob(Uint8Array.of(0xff), { compress: false }))).toThrow(
      refused('manifest/corrupt'),
    )
    expect(() => parseManifest(new Uint8Array(20))).toThrow(refused('blob/corrupt'))
  })
})

test('a file is held against its entry', () => {
  const file = findFile(manifest, 'abc.blob')!
  expect(() => checkFile(file, 200n, csum2)).not.toThrow()
  expect(() => checkFile(file, 201n, csum2)).toThrow(refused('manifest/corrupt'))
  expect(() => checkFile(file, 200n, csum1)).toThrow(refused('manifest/corrupt'))
  expect(findFile(manifest, 'none.blob')).toBeUndefined()
})

describe('canonical JSON', () => {
  test('keys are in the order of their bytes, not of UTF-16', () => {
    expect(canonicalJson({ '\u{1f600}': 1, '\uff5e': 2, b: 3, a: 4, B: 5 })).toBe(
      '{"B":5,"a":4,"b":3,"\uff5e":2,"\u{1f600}":1}',
    )
  })

  test('strings are escaped as the original does it', () => {
    expect(canonicalJson('"\\/\b\t\n\f\r\u0001\u001f\u007fä\u2028')).toBe(
      '"\\"\\\\/\\b\\t\\n\\f\\r\\u0001\\u001f\u007fä\u2028"',
    )
  })

  test('what has no form is refused', () => {
    const deep = Array.from({ length: 40 }).reduce<JsonValue>((inner) => [inner], 1)
    for (const value of [null, [null], { a: null }, 1.5, 2 ** 60, Number.NaN, '\ud800', deep])
      expect(() => canonicalJson(value)).toThrow(TypeError)
  })

  test('any value is the same after pretty printing and parsing', () => {
    const { json } = fc.letrec<{ json: JsonValue; leaf: JsonValue }>((tie) => ({
      leaf: fc.oneof(fc.boolean(), fc.maxSafeInteger(), fc.string({ unit: 'grapheme' }), fc.bigInt({ min: 2n ** 53n })),
      json: fc.oneof(
        { maxDepth: 3 },
        tie('leaf'),
        fc.array(tie('json'), { maxLength: 4 }),
        fc.dictionary(
          fc.string().filter((key) => key !== '__proto__'),
          tie('json'),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    }))
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(parseJson(prettyJson(value)))).toBe(canonicalJson(value))
      }),
    )
  })
})
