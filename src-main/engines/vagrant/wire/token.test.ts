import { createHash } from 'node:crypto'
import { create, toBinary } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HMACKeySchema, TokenSchema } from '../generated/server_pb.js'
import { decodeBase58, encodeBase58 } from './base58.ts'
import { blake2b } from './blake2b.ts'
import { timestamp } from './times.ts'
import { decodeToken, encodeToken, isSignatureOf, signTokenBody } from './token.ts'

const key = create(HMACKeySchema, { id: 'k1', key: Uint8Array.from({ length: 32 }, (_, i) => i) })
const tokenId = Uint8Array.from({ length: 16 }, (_, i) => i)
const options = { key: (id: string) => (id.toLowerCase() === 'k1' ? key : undefined), nowMs: 1_800_000_000_000 }

const loginBody = '0a0776616772616e741210000102030405060708090a0b0c0d0e0f2001'
const loginToken =
  '8nK9ANsEp1FS2JtckAcUtK2cMNWfiNSikef7MrMDy45ZF7nsAAb1GztzYPdH7iestKVy4YSB9MowwukJiG6tSpw3rkbSDdWY4cfa'
const inviteToken =
  '2mFXrFUEyZcdJySoRW1ajSH2RhuMxHQKbZ6psUJF1My68i2P6MhFUTxTaotZ9Hq3n4EwEvUQ2ajKyRwTVYpgEcc2atbCHXto4mn'

function refusal(token: string): ConnectError {
  try {
    decodeToken(token, options)
  } catch (error) {
    if (error instanceof ConnectError) return error
    throw error
  }
  throw new Error(`${token} was accepted`)
}

describe('BLAKE2b', () => {
  test('is what OpenSSL computes where OpenSSL can: no key, 64 bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (message) => {
        const expected = createHash('blake2b512').update(message).digest('hex')
        expect(Buffer.from(blake2b(message, { length: 64 })).toString('hex')).toBe(expected)
      }),
      {
        examples: [
          [new Uint8Array(0)],
          [new Uint8Array(127)],
          [new Uint8Array(128)],
          [new Uint8Array(129)],
          [new Uint8Array(256)],
        ],
      },
    )
  })

  test('signs the vectors of section 20', () => {
    const signature = Buffer.from(signTokenBody(Buffer.from(loginBody, 'hex'), key.key)).toString('hex')
    expect(signature).toBe('1dbd246ff1629f9b70dca0b23b85a761e32210321b9660671a0f9093506b981f')
    const invite = Buffer.from('1210000102030405060708090a0b0c0d0e0f1a060880e2cfaa062801', 'hex')
    expect(Buffer.from(signTokenBody(invite, key.key)).toString('hex')).toBe(
      'dcdb34ec6014604608cf1f7a012793e80678374f1458f654900786cab76ebb8a',
    )
  })
})

test('base 58 gives back every bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 120 }), (bytes) => {
      expect(decodeBase58(encodeBase58(bytes))).toEqual(Uint8Array.from(bytes))
    }),
  )
})

test('ROW-08 the login token of section 20 is made and read, byte for byte', () => {
  const token = { user: 'vagrant', tokenId, login: true }
  expect(Buffer.from(toBinary(TokenSchema, create(TokenSchema, token))).toString('hex')).toBe(loginBody)
  expect(encodeToken(token, key)).toBe(loginToken)
  expect(decodeToken(loginToken, options).token).toMatchObject(token)
})

test('ROW-08 the invite of section 20 fails on its expiry, not on its signature', () => {
  expect(encodeToken({ tokenId, validUntil: timestamp(1_700_000_000_000), invite: true }, key)).toBe(inviteToken)
  expect(refusal(inviteToken).rawMessage).toBe('invalid authentication token: expired')
  expect(decodeToken(inviteToken, { ...options, nowMs: 1_700_000_000_000 }).token.invite).toBe(true)
})

test('TOK-12 a signature fits its body and its key, and no other', () => {
  const body = Buffer.from('body')
  const signature = signTokenBody(body, key.key)
  expect(isSignatureOf(signature, body, key.key)).toBe(true)
  expect(isSignatureOf(signature, Buffer.from('other'), key.key)).toBe(false)
  expect(isSignatureOf(signature, body, Buffer.alloc(32))).toBe(false)
  expect(isSignatureOf(signature.subarray(1), body, key.key)).toBe(false)
  expect(
    isSignatureOf(
      signature.map((byte) => byte ^ 1),
      body,
      key.key,
    ),
  ).toBe(false)
})

test('NEW-12 a token of 0 to 3 bytes, of a wrong alphabet, truncated at each character, or extended is UNAUTHENTICATED', () => {
  const bad = [
    '',
    ...[1, 2, 3].map((length) => encodeBase58(new Uint8Array(length))),
    encodeBase58(Buffer.from('wp2')),
    `${loginToken}0`,
    `${loginToken}O`,
    `${loginToken}l`,
    `${loginToken}A`,
    `1${loginToken}`,
    'a'.repeat(100_000),
    ...Array.from({ length: loginToken.length }, (_, length) => loginToken.slice(0, length)),
  ]
  for (const token of bad) {
    const error = refusal(token)
    expect(error.code).toBe(Code.Unauthenticated)
    expect(error.rawMessage).toContain('invalid authentication token')
  }
})

test('TOK-01 no single changed character passes', () => {
  fc.assert(
    fc.property(
      fc.nat(loginToken.length - 1),
      fc.constantFrom(...'123456789ABCDEFGHJKLMNPQRSTUVWXYZ'),
      (at, character) => {
        if (loginToken[at] === character) return
        expect(refusal(loginToken.slice(0, at) + character + loginToken.slice(at + 1)).code).toBe(Code.Unauthenticated)
      },
    ),
  )
})

test('a token names its reason: users search for the words', () => {
  expect(refusal(encodeBase58(Buffer.from('xx24abcdef'))).rawMessage).toContain('bad magic')
  expect(refusal(encodeToken({ login: true }, create(HMACKeySchema, { id: 'k2', key: key.key }))).rawMessage).toContain(
    'unknown key',
  )
  expect(refusal(encodeToken({ login: true }, create(HMACKeySchema, { id: 'k1', key: tokenId }))).rawMessage).toContain(
    'bad signature',
  )
  expect(
    decodeToken(encodeToken({ login: true }, create(HMACKeySchema, { id: 'K1', key: key.key })), options).token.login,
  ).toBe(true)
})
