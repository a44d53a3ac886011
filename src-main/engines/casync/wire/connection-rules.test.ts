import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConnectionRules } from './connection-rules.ts'
import { CaprotocolError } from './errno.ts'
import { checkHello, protocolFeature as f } from './hello.ts'
import type { Message } from './message.ts'
import { anyId, anyMessage } from './messages.fixture.ts'

const [id = undefined] = fc.sample(anyId, 1)
if (id === undefined) throw new Error('no id')
const hello = (featureFlags: bigint): Message => ({ type: 'hello', featureFlags })
const data = new Uint8Array(64)
const some: Readonly<Record<Message['type'], Message>> = {
  hello: hello(1n),
  index: { type: 'index', data },
  'index-eof': { type: 'index-eof' },
  archive: { type: 'archive', data },
  'archive-eof': { type: 'archive-eof' },
  request: { type: 'request', isHighPriority: false, ids: [id] },
  chunk: { type: 'chunk', id, isCompressed: false, data },
  missing: { type: 'missing', id },
  goodbye: { type: 'goodbye' },
  abort: { type: 'abort', errno: 2, reason: 'no' },
}

const refusal = (action: () => void): number => {
  try {
    action()
  } catch (error) {
    if (error instanceof CaprotocolError) return error.errno
    throw error
  }
  return 0
}

/** Which messages the peer may send once both have greeted. */
function mayReceive(local: bigint, remote: bigint): string[] {
  return Object.values(some)
    .filter(({ type }) => type !== 'hello')
    .filter((message) => {
      const rules = new ConnectionRules(local)
      rules.received(hello(remote))
      return refusal(() => rules.received(message)) === 0
    })
    .map(({ type }) => type)
}

describe('P-02: HELLO', () => {
  test.each<[string, bigint, bigint, number]>([
    ['an unknown bit', 0x2000n | f.readableStore, f.pullChunks, 93],
    ['PUSH_INDEX_CHUNKS alone', f.pushIndexChunks, 0x2an, 52],
    ['PUSH_INDEX_CHUNKS without chunks', f.pushIndexChunks | f.pushIndex, 0x2an, 52],
    ['an operation that is not offered here', f.pullIndex, f.readableStore, 52],
    ['an operation that is not offered there', f.readableStore, f.pullIndex, 52],
    ['services on both sides', f.readableStore, f.readableIndex, 52],
    ['a pull', 0x5n, 0xc0n, 0],
    ['a push', 0xan, 0xe00n, 0],
    ['more services than needed', 0x3fn, 0xc0n, 0],
    ['operations on both sides', f.pullChunks | f.writableIndex, f.readableStore | f.pushIndex, 0],
  ])('%s', (_, remote, local, errno) => {
    expect(refusal(() => checkHello(remote, local))).toBe(errno)
  })

  test('every combination that casync makes is accepted on both sides', () => {
    for (const [client, server] of [
      [0xc0n, 0x5n],
      [0x80n, 0x4n],
      [0x40n, 0x1n],
      [0x100n, 0x10n],
      [0xe00n, 0xan],
      [0x400n, 0x8n],
      [0x200n, 0x2n],
      [0x1000n, 0x20n],
      [0x1c0n, 0x15n],
    ] as const) {
      expect([refusal(() => checkHello(client, server)), refusal(() => checkHello(server, client))]).toEqual([0, 0])
    }
  })

  test('the rules are those of a table written another way', () => {
    const bit = fc.nat(0x1fff).map(BigInt)
    fc.assert(
      fc.property(bit, bit, (remote, local) => {
        const needs = (flags: bigint): bigint => {
          const [pulls, pushes] = [(flags >> 6n) & 7n, ((flags >> 9n) & 3n) | ((flags >> 10n) & 4n)]
          return [0n, 1n, 2n].reduce(
            (sum, at) => sum | (((pulls >> at) & 1n) << (2n * at)) | (((pushes >> at) & 1n) << (2n * at + 1n)),
            0n,
          )
        }
        const isFit =
          ((remote & 0x800n) === 0n || (remote & 0x600n) === 0x600n) &&
          (needs(remote) & ~local) === 0n &&
          (needs(local) & ~remote) === 0n &&
          ((local | remote) & 0x17c0n) !== 0n
        expect(refusal(() => checkHello(remote, local))).toBe(isFit ? 0 : 52)
      }),
    )
  })

  test('our own flags must make sense', () => {
    for (const flags of [
      0n,
      0x2000n,
      f.readableIndex | f.writableIndex,
      f.readableArchive | f.writableArchive,
      0x800n,
    ]) {
      expect(() => new ConnectionRules(flags)).toThrow(RangeError)
    }
  })
})

describe('P-02: the order', () => {
  test.each<[string, bigint, bigint, string[]]>([
    ['a puller of index and chunks', 0xc0n, 0x5n, ['index', 'index-eof', 'chunk', 'missing', 'goodbye', 'abort']],
    ['its server', 0x5n, 0xc0n, ['request', 'goodbye', 'abort']],
    ['a puller of an archive', 0x100n, 0x10n, ['archive', 'archive-eof', 'goodbye', 'abort']],
    ['its server, too', 0x10n, 0x100n, ['goodbye', 'abort']],
    ['who is pushed index and chunks', 0xan, 0xe00n, ['index', 'index-eof', 'chunk', 'missing', 'goodbye', 'abort']],
    ['who pushes them', 0xe00n, 0xan, ['request', 'goodbye', 'abort']],
    ['who is pushed an archive', 0x20n, 0x1000n, ['archive', 'archive-eof', 'goodbye', 'abort']],
  ])('%s receives what was agreed upon', (_, local, remote, types) => {
    expect(mayReceive(local, remote)).toEqual(types)
  })

  test('before HELLO only ABORT, and HELLO only once', () => {
    for (const message of Object.values(some)) {
      if (message.type === 'hello' || message.type === 'abort') continue
      expect(refusal(() => new ConnectionRules(0xc0n).received(message))).toBe(74)
    }
    new ConnectionRules(0xc0n).received(some.abort)
    const rules = new ConnectionRules(0xc0n)
    rules.received(hello(0x5n))
    expect(refusal(() => rules.received(hello(0x5n)))).toBe(74)
  })

  test('nothing after an end of file, of its kind, and nothing at all after GOODBYE or ABORT', () => {
    const rules = new ConnectionRules(0x1c0n)
    rules.received(hello(0x15n))
    rules.received(some['index-eof'])
    expect(refusal(() => rules.received(some.index))).toBe(74)
    expect(refusal(() => rules.received(some['index-eof']))).toBe(74)
    rules.received(some.archive)
    rules.received(some['archive-eof'])
    expect(refusal(() => rules.received(some.archive))).toBe(74)
    for (const last of [some.goodbye, some.abort]) {
      const ended = new ConnectionRules(0x1c0n)
      ended.received(hello(0x15n))
      ended.received(last)
      for (const message of Object.values(some)) expect(refusal(() => ended.received(message))).toBe(74)
    }
  })

  test('what one side may send is what the other may receive', () => {
    const pairs = [
      [0xc0n, 0x5n],
      [0xe00n, 0xan],
      [0x1000n, 0x20n],
      [0x40n, 0x1n],
    ] as const
    fc.assert(
      fc.property(fc.constantFrom(...pairs), fc.array(anyMessage, { maxLength: 6 }), ([client, server], messages) => {
        const [sender, receiver] = [new ConnectionRules(client), new ConnectionRules(server)]
        sender.received(hello(server))
        sender.sent(hello(client))
        receiver.received(hello(client))
        for (const message of messages) {
          // What only our own prudence forbids has a test below.
          if (message.type === 'index') continue
          const received = refusal(() => receiver.received(message)) === 0
          if (received) sender.sent(message)
          else expect(() => sender.sent(message)).toThrow(TypeError)
        }
      }),
    )
  })

  test('P-11: the first INDEX is never shorter than the header of an index', () => {
    const rules = new ConnectionRules(0x8n)
    rules.received(hello(0x400n))
    const server = new ConnectionRules(0x4n)
    server.received(hello(0x80n))
    server.sent(hello(0x4n))
    expect(() => server.sent({ type: 'index', data: new Uint8Array(63) })).toThrow('header of an index')
    server.sent({ type: 'index', data: new Uint8Array(64) })
    server.sent({ type: 'index', data: new Uint8Array(1) })
    rules.received({ type: 'index', data: new Uint8Array(1) })
  })

  test('P-13: ABORT may be the first and only thing that is sent', () => {
    const rules = new ConnectionRules(0x4n)
    rules.sent(some.abort)
    expect(() => rules.sent(hello(0x4n))).toThrow('after the end')
  })
})
