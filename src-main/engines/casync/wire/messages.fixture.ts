import fc from 'fast-check'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { encodeMessage } from './encode-message.ts'
import { type Message, maxErrno } from './message.ts'
import { MessageDecoder } from './message-decoder.ts'

export const anyId: fc.Arbitrary<Digest> = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex') as Digest)

const data = fc.uint8Array({ minLength: 1, maxLength: 200 })
const type = <T extends string>(...types: T[]): fc.Arbitrary<T> => fc.constantFrom(...types)

export const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ type: type('hello'), featureFlags: fc.bigInt({ min: 1n, max: 2n ** 64n - 2n }) }),
  fc.record({ type: type('index', 'archive'), data }),
  fc.record({ type: type('index-eof', 'archive-eof', 'goodbye') }),
  fc.record({
    type: type('request'),
    isHighPriority: fc.boolean(),
    ids: fc.array(anyId, { minLength: 1, maxLength: 5 }),
  }),
  fc.record({ type: type('chunk'), id: anyId, isCompressed: fc.boolean(), data }),
  fc.record({ type: type('missing'), id: anyId }),
  fc.record({ type: type('abort'), errno: fc.nat(maxErrno), reason: fc.stringMatching(/^[ -~äöü€😀]{0,30}$/u) }),
)

/** As one run of bytes. */
export function encodeAll(messages: readonly Message[]): Uint8Array {
  return Buffer.concat(messages.flatMap((message) => encodeMessage(message)))
}

/** What a decoder makes of bytes that arrive in pieces. Data is copied, so that messages compare. */
export function decodeAll(bytes: Uint8Array, pieceBytes: number): Message[] {
  const decoder = new MessageDecoder()
  const messages: Message[] = []
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    for (const message of decoder.push(bytes.subarray(at, at + pieceBytes))) messages.push(message)
  }
  decoder.finish()
  return messages.map((message) => ('data' in message ? { ...message, data: Uint8Array.from(message.data) } : message))
}
