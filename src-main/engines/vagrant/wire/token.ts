import { timingSafeEqual } from 'node:crypto'
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import type { ConnectError } from '@connectrpc/connect'
import {
  type HMACKey,
  type Token,
  TokenSchema,
  type TokenTransport,
  TokenTransportSchema,
} from '../generated/server_pb.js'
import { decodeBase58, encodeBase58 } from './base58.ts'
import { blake2b } from './blake2b.ts'
import { failure } from './failure.ts'
import { unixMs } from './times.ts'

/** Four bytes in front of each token, inherited from Waypoint (section 5.2). */
const magic = Buffer.from('wp24')
const signatureLength = 32
/** A token with all its hints is some hundred characters; decoding base 58 costs the square of the length. */
const maximumTokenLength = 4096

export interface DecodedToken {
  readonly token: Token
  /** Unsigned hints, copied from an invite to the login token made of it. */
  readonly metadata: Readonly<Record<string, string>>
}

export interface DecodeTokenOptions {
  /** The key of this id, without regard to case. */
  key(id: string): HMACKey | undefined
  readonly nowMs: number
}

export function signTokenBody(body: Uint8Array, key: Uint8Array): Uint8Array {
  return blake2b(body, { key, length: signatureLength })
}

/** Compares in constant time. */
export function isSignatureOf(signature: Uint8Array, body: Uint8Array, key: Uint8Array): boolean {
  return signature.length === signatureLength && timingSafeEqual(signature, signTokenBody(body, key))
}

export function encodeToken(
  token: MessageInitShape<typeof TokenSchema>,
  key: HMACKey,
  metadata: Readonly<Record<string, string>> = {},
): string {
  const body = toBinary(TokenSchema, create(TokenSchema, token))
  const transport = create(TokenTransportSchema, {
    body,
    signature: signTokenBody(body, key.key),
    keyId: key.id,
    metadata: { ...metadata },
  })
  return encodeBase58(Buffer.concat([magic, toBinary(TokenTransportSchema, transport)]))
}

/** The steps of section 5.4, in their order. Each failure is UNAUTHENTICATED and says its reason. */
export function decodeToken(text: string, { key, nowMs }: DecodeTokenOptions): DecodedToken {
  const bytes = text.length > maximumTokenLength ? undefined : decodeBase58(text)
  if (bytes === undefined) throw invalidToken('bad encoding')
  if (bytes.length < magic.length || !timingSafeEqual(bytes.subarray(0, magic.length), magic))
    throw invalidToken('bad magic')
  const transport = parseTransport(bytes.subarray(magic.length))
  const found = key(transport.keyId)
  if (found === undefined) throw invalidToken('unknown key')
  if (!isSignatureOf(transport.signature, transport.body, found.key)) throw invalidToken('bad signature')
  const token = parseToken(transport.body)
  if (token.validUntil !== undefined && unixMs(token.validUntil) < nowMs) throw invalidToken('expired')
  return { token, metadata: transport.metadata }
}

/** `revoked` is said by whoever keeps the list. */
export function invalidToken(reason: string): ConnectError {
  return failure('unauthenticated', `invalid authentication token: ${reason}`)
}

function parseTransport(bytes: Uint8Array): TokenTransport {
  try {
    return fromBinary(TokenTransportSchema, bytes)
  } catch {
    throw invalidToken('cannot be parsed')
  }
}

function parseToken(body: Uint8Array): Token {
  try {
    return fromBinary(TokenSchema, body)
  } catch {
    throw invalidToken('body cannot be parsed')
  }
}
