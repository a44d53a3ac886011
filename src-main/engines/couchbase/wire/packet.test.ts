import fc from 'fast-check'
import { expect, test } from 'vitest'
import { example, exampleNames, wholeExamples } from '../testing/example-packets.fixture.ts'
import { toByteInput } from './byte-input.ts'
import { decodeErrorBody } from './error-body.ts'
import { decodeFrameInfos, encodeFrameInfos, serverDurationUs } from './frame-info.ts'
import { decodeHeader, encodeHeader, HEADER_BYTES, magic } from './header.ts'
import { decodePacket, encodeRequest, encodeResponse, packetBytes } from './packet.ts'
import { PacketReader } from './packet-reader.ts'

const LIMIT = 1 << 20

test.each(exampleNames)('1: the header of %s comes back byte for byte', (name) => {
  const bytes = example(name)
  expect(Buffer.from(encodeHeader(decodeHeader(bytes, LIMIT)))).toEqual(bytes.subarray(0, HEADER_BYTES))
})

test.each(wholeExamples)('1: %s comes back byte for byte from its parts', (name) => {
  const bytes = example(name)
  const packet = decodePacket(bytes, LIMIT)
  if (packet === undefined) throw new Error('not whole')
  expect(packetBytes(packet)).toBe(bytes.length)
  const { header } = packet
  const parts = {
    opcode: header.opcode,
    opaque: header.opaque,
    datatype: header.datatype,
    cas: header.cas,
    framingExtras: header.framingExtrasLength > 0 ? packet.framingExtras : undefined,
    extras: packet.extras,
    key: packet.key,
    value: packet.value,
  }
  const isRequest = header.magic === magic.request
  const again = isRequest
    ? encodeRequest({ ...parts, vbucket: header.vbucketOrStatus })
    : encodeResponse({ ...parts, status: header.vbucketOrStatus })
  expect(Buffer.from(again)).toEqual(bytes)
})

test('1: packets of any parts come back, plain and flex', () => {
  const bytes = (maxLength: number) => fc.uint8Array({ maxLength })
  const part = fc.record({
    opcode: fc.integer({ min: 0, max: 255 }),
    opaque: fc.integer({ min: 0, max: 0xffff_ffff }),
    datatype: fc.integer({ min: 0, max: 7 }),
    cas: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    vbucket: fc.integer({ min: 0, max: 0xffff }),
    framingExtras: fc.option(bytes(40), { nil: undefined }),
    extras: bytes(40),
    key: bytes(200),
    value: bytes(500),
  })
  fc.assert(
    fc.property(part, (parts) => {
      const packet = decodePacket(encodeRequest(parts), LIMIT)
      expect(packet).toMatchObject({
        header: { opcode: parts.opcode, opaque: parts.opaque, datatype: parts.datatype, cas: parts.cas },
      })
      expect(packet?.header.vbucketOrStatus).toBe(parts.vbucket)
      expect(Buffer.from(packet?.extras ?? [])).toEqual(Buffer.from(parts.extras))
      expect(Buffer.from(packet?.key ?? [])).toEqual(Buffer.from(parts.key))
      expect(Buffer.from(packet?.value ?? [])).toEqual(Buffer.from(parts.value))
      expect(Buffer.from(packet?.framingExtras ?? [])).toEqual(Buffer.from(parts.framingExtras ?? []))
    }),
  )
})

test('2: a flex answer says how long the server took', () => {
  const packet = decodePacket(example('releaseFlexSuccess'), LIMIT)
  expect(packet?.header).toMatchObject({ magic: 0x18, framingExtrasLength: 3, keyLength: 0, bodyLength: 3 })
  expect(serverDurationUs(decodeFrameInfos(packet?.framingExtras ?? new Uint8Array()))).toBeCloseTo(1115, -1)
})

test('2: ids and lengths from 15 on take the next byte', () => {
  const infos = [
    { id: 14, data: new Uint8Array(14).fill(1) },
    { id: 15, data: new Uint8Array(0) },
    { id: 270, data: new Uint8Array(15).fill(2) },
    { id: 3, data: new Uint8Array(270).fill(3) },
  ]
  const bytes = encodeFrameInfos(infos)
  expect([...bytes.subarray(15, 17)]).toEqual([0xf0, 0x00])
  expect([...bytes.subarray(17, 20)]).toEqual([0xff, 0xff, 0x00])
  expect(decodeFrameInfos(bytes)).toEqual(infos)
  for (let cut = 1; cut < bytes.length; cut++) {
    const part = bytes.subarray(0, cut)
    try {
      expect(decodeFrameInfos(part)).toEqual(infos.slice(0, decodeFrameInfos(part).length))
    } catch (error) {
      expect(String(error)).toContain('framing extras')
    }
  }
  expect(() => encodeFrameInfos([{ id: 271, data: new Uint8Array() }])).toThrow(RangeError)
})

test('3: parts that do not fit into the body are refused before anything is read', () => {
  const bytes = example('prepareS9Request')
  bytes[4] = 0x36 // extras longer than the body
  expect(() => decodeHeader(bytes, LIMIT)).toThrow('cannot hold parts')
  const flex = example('releaseFlexSuccess')
  flex[3] = 1
  expect(() => decodeHeader(flex, LIMIT)).toThrow('cannot hold parts')
  const wrong = example('statEnd')
  wrong[0] = 0x79
  expect(() => decodeHeader(wrong, LIMIT)).toThrow('magic at offset 0')
})

test('4: a frame above the limit is refused by its header', () => {
  const header = decodeHeader(example('statEnd'), LIMIT)
  const largest = encodeHeader({ ...header, bodyLength: 1000 - HEADER_BYTES })
  expect(decodeHeader(largest, 1000).bodyLength).toBe(976)
  expect(() => decodeHeader(largest, 999)).toThrow('more than allowed')
})

test('an error body gives context and ref, anything else nothing', () => {
  const value = (name: 'prepareEinval' | 'plainFailure') =>
    decodePacket(example(name), LIMIT)?.value ?? new Uint8Array()
  expect(decodeErrorBody(value('prepareEinval'))).toEqual({ context: 'Request must include value', ref: undefined })
  expect(decodeErrorBody(value('plainFailure')).ref).toBe('5a0f5f2e-6a0e-4f0c-9d3b-0d9a5f5f2e11')
  for (const text of ['', '[]', '{"error":1}', '{"error":{"context":7}}', 'no json', '\ufffd']) {
    expect(decodeErrorBody(Buffer.from(text)), text).toEqual({})
  }
})

test('packets are read from pieces of every small size, and a cut anywhere is heard', async () => {
  const names = ['helloResponse', 'prepareSuccess', 'statEnd', 'fragmentCheckedResponse'] as const
  const all = Buffer.concat(names.map(example))
  const readAll = async (size: number, end: number) => {
    async function* pieces() {
      for (let at = 0; at < end; at += size) yield all.subarray(at, Math.min(at + size, end))
    }
    const reader = new PacketReader(toByteInput(pieces()))
    const found: Buffer[] = []
    for (let header = await reader.header(LIMIT); header; header = await reader.header(LIMIT)) {
      found.push(Buffer.concat([encodeHeader(header), await reader.body(header.bodyLength, LIMIT)]))
    }
    return Buffer.concat(found)
  }
  for (let size = 1; size < 60; size++) expect(await readAll(size, all.length)).toEqual(all)
  const ends = new Set(names.map((_, index) => Buffer.concat(names.slice(0, index + 1).map(example)).length))
  for (let end = 1; end < all.length; end++) {
    if (ends.has(end)) expect((await readAll(7, end)).length).toBe(end)
    else await expect(readAll(7, end)).rejects.toThrow('before the end of a packet')
  }
})
