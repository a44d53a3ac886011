import fc from 'fast-check'
import { expect, test } from 'vitest'
import { example } from '../testing/example-packets.fixture.ts'
import { decodeDownloadRequest, encodeDownloadRequest } from './download-request.ts'
import { decodeFragmentRequest, encodeFragmentRequest } from './fragment-request.ts'
import { decodeFeatures, encodeFeatures } from './hello.ts'
import { decodeManifest, encodeManifest, isSafePath } from './manifest.ts'
import { decodePacket } from './packet.ts'
import { decodeConstraint, encodeConstraint, mismatch } from './storage-constraint.ts'
import { decodeVbSeqnos, encodeVbSeqnos } from './vb-seqnos.ts'

const valueIn = (name: Parameters<typeof example>[0]) => decodePacket(example(name), 1 << 20)?.value ?? new Uint8Array()
const json = (value: unknown) => Buffer.from(JSON.stringify(value))

test('5: features come back, an odd length is refused', () => {
  expect(decodeFeatures(valueIn('helloRequest'))).toEqual([7, 8, 11])
  expect(Buffer.from(encodeFeatures([7, 8, 11]))).toEqual(Buffer.from(valueIn('helloRequest')))
  expect(() => decodeFeatures(Buffer.alloc(3))).toThrow('odd number')
})

test('13: the constraint of the example, and what serves it', () => {
  const constraint = { backend: 'couchstore', maxVersion: 14 }
  expect(decodeConstraint(valueIn('prepareS9Request'))).toEqual(constraint)
  expect(Buffer.from(encodeConstraint(constraint))).toEqual(Buffer.from(valueIn('prepareS9Request')))
  expect(mismatch(constraint, { backend: 'magma', version: 1 })).toBe('backend mismatch')
  expect(mismatch(constraint, { backend: 'couchstore', version: 15 })).toBe('version mismatch')
  expect(mismatch(constraint, { backend: 'couchstore', version: 14 })).toBeUndefined()
  expect(mismatch(constraint, { backend: 'couchstore' })).toBeUndefined()
  expect(mismatch(constraint, undefined)).toBeUndefined()
  expect(mismatch({ backend: '' }, { backend: 'magma', version: 99 })).toBeUndefined()
  for (const bad of [{}, { storage: [] }, { storage: {} }, { storage: { backend: 1 } }, [], null]) {
    expect(decodeConstraint(json(bad))).toBeUndefined()
  }
})

test('16: the manifest of the example comes back', () => {
  const manifest = decodeManifest(valueIn('prepareSuccess'))
  expect(manifest).toEqual({
    uuid: 'f7970e20-ca1b-4059-8542-3196e93f6927',
    vbid: 0,
    files: [{ id: 1, path: '0.couch.1', sizeBytes: 16489n, sha512: undefined }],
    deks: [],
    storage: undefined,
  })
  expect(Buffer.from(encodeManifest(manifest))).toEqual(Buffer.from(valueIn('prepareSuccess')))
})

const good = { uuid: 'a', vbid: 3, files: [{ id: 1, path: '3.couch.1', size: '5' }], deks: [] }
const withFile = (change: object) => ({ ...good, files: [{ ...good.files[0], ...change }] })

test.each([
  ['a path upwards', withFile({ path: '../x' })],
  ['a path upwards inside', withFile({ path: 'a/../../x' })],
  ['an absolute path', withFile({ path: '/etc/passwd' })],
  ['a drive letter', withFile({ path: 'C:x' })],
  ['a backslash', withFile({ path: 'a\\..\\x' })],
  ['an empty component', withFile({ path: 'a//x' })],
  ['a dot', withFile({ path: './x' })],
  ['a NUL', withFile({ path: 'a\0b' })],
  ['the manifest itself', withFile({ path: 'manifest.json' })],
  ['a size as a number', withFile({ size: 5 })],
  ['a negative size', withFile({ size: '-5' })],
  ['a size with letters', withFile({ size: '5x' })],
  ['an empty size', withFile({ size: '' })],
  ['a size above 2^63-1', withFile({ size: '9223372036854775808' })],
  ['a digest that is none', withFile({ sha512: 'abc' })],
  ['a digest in capitals', withFile({ sha512: 'A'.repeat(128) })],
  ['an id as text', withFile({ id: '1' })],
  ['a uuid with a slash', { ...good, uuid: '../x' }],
  ['an empty uuid', { ...good, uuid: '' }],
  ['a vbucket above 65535', { ...good, vbid: 65536 }],
  ['an id in files and deks', { ...good, deks: [{ id: 1, path: 'deks/k.key.1', size: '1' }] }],
  ['a path in files and deks', { ...good, deks: [{ id: 2, path: '3.couch.1', size: '1' }] }],
  ['a file below a file', { ...good, deks: [{ id: 2, path: '3.couch.1/k', size: '1' }] }],
  [
    'too many files',
    { ...good, files: Array.from({ length: 100_001 }, (_, id) => ({ id, path: `f${id}`, size: '0' })) },
  ],
  ['no object', []],
])('16: a manifest with %s is refused', (_, manifest) => {
  expect(() => decodeManifest(json(manifest))).toThrow('snapshot manifest')
})

test('16: unknown fields are passed over, absent lists are empty, and broken text is refused', () => {
  expect(decodeManifest(json({ uuid: 'a', vbid: 0, more: [1] }))).toMatchObject({ files: [], deks: [] })
  expect(() => decodeManifest(Buffer.from('{'))).toThrow('it is not JSON')
  expect(() => decodeManifest(Buffer.alloc(17 << 20, 0x20))).toThrow('snapshot manifest')
})

test('16: a path that is taken stays inside, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('.', '/', '\\', 'a', ':', '\0', '~') }), (path) => {
      if (!isSafePath(path)) return
      const base = '/snapshots/uuid'
      expect(new URL(`file://${base}/${path}`).pathname.startsWith(`${base}/`)).toBe(true)
    }),
  )
})

test('17: the fragment requests of the examples come back, and numbers above 2^53 stay exact', () => {
  const plain = { id: 1, offset: 0n, length: 16489n, checksumLength: 0n }
  expect(decodeFragmentRequest(valueIn('fragmentRequest'))).toEqual({ isValid: true, request: plain })
  expect(Buffer.from(encodeFragmentRequest(plain))).toEqual(Buffer.from(valueIn('fragmentRequest')))
  const checked = { id: 1, offset: 0n, length: 12n, checksumLength: 8n }
  expect(decodeFragmentRequest(valueIn('fragmentCheckedRequest'))).toEqual({ isValid: true, request: checked })
  expect(Buffer.from(encodeFragmentRequest(checked))).toEqual(Buffer.from(valueIn('fragmentCheckedRequest')))
  const large = { id: 2, offset: 2n ** 63n - 1n, length: 2n ** 60n + 1n, checksumLength: 0n }
  expect(decodeFragmentRequest(encodeFragmentRequest(large))).toEqual({ isValid: true, request: large })
})

test.each([
  ['no id', { offset: '0', length: '1' }, 'id must be'],
  ['an id as text', { id: '1', offset: '0', length: '1' }, 'id must be'],
  ['an offset as number', { id: 1, offset: 0, length: '1' }, 'offset must be'],
  ['a negative offset', { id: 1, offset: '-1', length: '1' }, 'offset must be'],
  ['an offset in hexadecimal', { id: 1, offset: '0x10', length: '1' }, 'offset must be'],
  ['an empty length', { id: 1, offset: '0', length: '' }, 'length must be'],
  ['digits and letters', { id: 1, offset: '0', length: '12x' }, 'length must be'],
  ['a length of 20 digits', { id: 1, offset: '0', length: '9'.repeat(20) }, 'length must be'],
  ['checksum_length as number', { id: 1, offset: '0', length: '1', checksum_length: 8 }, 'checksum_length must be'],
])('17: a request with %s is refused with a sentence', (_, value, sentence) => {
  expect(decodeFragmentRequest(json(value))).toMatchObject({
    isValid: false,
    problem: expect.stringContaining(sentence),
  })
})

test('26: the download of the example, and one with TLS, come back; the passphrase travels in base64', () => {
  const plain = {
    host: '192.0.2.10',
    port: 11210,
    bucket: 'default',
    sasl: { mechanism: 'PLAIN', username: 'backup', password: 's3cret' },
  }
  expect(decodeDownloadRequest(valueIn('downloadRequest'))).toEqual(plain)
  expect(Buffer.from(encodeDownloadRequest(plain))).toEqual(Buffer.from(valueIn('downloadRequest')))
  const secure = {
    ...plain,
    host: '::1',
    sasl: undefined,
    tls: { cert: '/c', key: '/k', caStore: '/ca', passphrase: 'pass wörd', isPeerVerified: true },
    fsyncIntervalBytes: 0,
    writeBytes: 4096,
    isFailFastAllowed: false,
  }
  expect(decodeDownloadRequest(encodeDownloadRequest(secure))).toEqual(secure)
  expect(Buffer.from(encodeDownloadRequest(secure)).toString()).toContain('"passphrase":"cGFzcyB3w7ZyZA=="')
  for (const bad of [[], { port: 65536 }, { port: '1' }, { tls: { passphrase: '###' } }, { sasl: {} }]) {
    expect(decodeDownloadRequest(json(bad)), JSON.stringify(bad)).toBeUndefined()
  }
})

test('sequence numbers come back, a row that is cut off is refused', () => {
  const seqnos = new Map([
    [0, 1n],
    [1023, 2n ** 64n - 1n],
  ])
  expect(decodeVbSeqnos(encodeVbSeqnos(seqnos))).toEqual(seqnos)
  expect(() => decodeVbSeqnos(new Uint8Array(11))).toThrow('cut off')
})
