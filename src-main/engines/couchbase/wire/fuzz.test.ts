import { expect, test } from 'vitest'
import { ProtocolError } from '../../../../src-shared/errors.ts'
import { decodeMechanisms } from '../sasl/mechanism.ts'
import { decodePlain } from '../sasl/plain.ts'
import { example, wholeExamples } from '../testing/example-packets.fixture.ts'
import { decodeDownloadRequest } from './download-request.ts'
import { decodeErrorBody } from './error-body.ts'
import { decodeFragmentRequest } from './fragment-request.ts'
import { decodeFrameInfos } from './frame-info.ts'
import { HEADER_BYTES } from './header.ts'
import { decodeFeatures } from './hello.ts'
import { decodeManifest } from './manifest.ts'
import { opcode } from './opcode.ts'
import { decodePacket, type Packet, packetBytes } from './packet.ts'
import { decodeConstraint } from './storage-constraint.ts'
import { decodeVbSeqnos } from './vb-seqnos.ts'

const ROUNDS = 1_000_000
const LIMIT = 4096

test('a million mutated packets are decoded or refused, and nothing is made larger than it is', () => {
  const seeds = wholeExamples.map(example)
  const random = xorshift(0x5eed)
  const counts = { decoded: 0, partial: 0, refused: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = mutate(seeds[random() % seeds.length] ?? Buffer.alloc(0), random)
    try {
      const packet = decodePacket(bytes, LIMIT)
      if (packet === undefined) {
        counts.partial += 1
        continue
      }
      counts.decoded += 1
      const { framingExtras, extras, key, value } = packet
      const parts = framingExtras.length + extras.length + key.length + value.length
      if (packetBytes(packet) !== HEADER_BYTES + parts || packetBytes(packet) > bytes.length) throw new Error('grew')
      if (value.buffer !== bytes.buffer) throw new Error('copied')
      decodeValue(packet)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      counts.refused += 1
    }
  }
  expect(counts.decoded + counts.partial).toBeLessThanOrEqual(ROUNDS)
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(ROUNDS / 100)
})

/** Whatever either side would do with the parts. */
function decodeValue({ header, framingExtras, value }: Packet): void {
  decodeFrameInfos(framingExtras)
  switch (header.opcode) {
    case opcode.hello:
      return void decodeFeatures(value)
    case opcode.saslAuth:
      decodeMechanisms(value)
      return void decodePlain(value)
    case opcode.prepareSnapshot:
      decodeConstraint(value)
      return void decodeManifest(value)
    case opcode.getFileFragment:
      return void decodeFragmentRequest(value)
    case opcode.downloadSnapshot:
      return void decodeDownloadRequest(value)
    case opcode.stat:
      return void decodeVbSeqnos(value)
    default:
      decodeErrorBody(value)
  }
}

/** Flips, overwrites with telling values, cuts, doubles: up to four times. */
function mutate(seed: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(seed)
  for (let left = random() % 4; left >= 0; left--) {
    const at = bytes.length === 0 ? 0 : random() % bytes.length
    switch (random() % 6) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (random() % 8))
        break
      case 1:
        bytes[at] = [0, 0xff, 0x7f, 0x80, 0x22, 0x2d][random() % 6] ?? 0
        break
      case 2:
        bytes[random() % Math.min(HEADER_BYTES, bytes.length || 1)] = random() & 0xff
        break
      case 3:
        bytes = Buffer.from(bytes.subarray(0, at))
        break
      case 4:
        bytes = Buffer.concat([bytes, bytes.subarray(at)])
        break
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
    }
  }
  return bytes
}

function xorshift(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}
