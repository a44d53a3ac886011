import type { Digest } from '../../../../src-shared/model/digest.ts'

/**
 * The messages of the protocol (spec casync §3.1): `size u64 ‖ type u64 ‖ body`, little-endian. There are no others, and
 * none may be added: casync gives up on what it does not know.
 */
export type Message =
  | { readonly type: 'hello'; readonly featureFlags: bigint }
  | { readonly type: 'index' | 'archive'; readonly data: Uint8Array }
  | { readonly type: 'index-eof' | 'archive-eof' | 'goodbye' }
  | { readonly type: 'request'; readonly isHighPriority: boolean; readonly ids: readonly Digest[] }
  | ChunkMessage
  | { readonly type: 'missing'; readonly id: Digest }
  | { readonly type: 'abort'; readonly errno: number; readonly reason: string }

export interface ChunkMessage {
  readonly type: 'chunk'
  readonly id: Digest
  readonly isCompressed: boolean
  readonly data: Uint8Array
}

export type MessageType = Message['type']

export const headerBytes = 16
/** No message is larger, header and all. */
export const maxMessageBytes = 16 << 20
/** What is left for a chunk as it travels. Stores may hold larger ones, which cannot. */
export const maxChunkDataBytes = maxMessageBytes - 56
/** A request is closed when it is as large as this, so it has up to 2048 ids (§3.5). */
export const requestStepBytes = 65_536
/** casync looks at the header of an index as a whole: less of it at once and it reads garbage (§3.7). */
export const minFirstIndexBytes = 64

export const highPriorityFlag = 1n
export const compressedFlag = 1n
/** Errors in ABORT are below. */
export const maxErrno = 0x7fff_fffe

/** How long a message of a type may be, in all. */
interface MessageRule {
  readonly magic: bigint
  readonly minBytes: number
  readonly maxBytes: number
}

const exactly = (magic: bigint, bytes: number): MessageRule => ({ magic, minBytes: bytes, maxBytes: bytes })
const atLeast = (magic: bigint, minBytes: number): MessageRule => ({ magic, minBytes, maxBytes: maxMessageBytes })

export const messageRules: Readonly<Record<MessageType, MessageRule>> = {
  hello: exactly(0x3c71d0948ca5fbeen, 24),
  index: atLeast(0xb32a91dd2b3e27f8n, 17),
  'index-eof': exactly(0x4f0932f1043718f5n, 16),
  archive: atLeast(0x95d6428a69eddcc5n, 17),
  'archive-eof': exactly(0x450bef663f24cbadn, 16),
  request: atLeast(0x8ab427e0f89d9210n, 56),
  chunk: atLeast(0x5213dd180a84bc8cn, 57),
  missing: exactly(0xd010f9fac82b7b6cn, 48),
  goodbye: exactly(0xad205dbf1a3686c3n, 16),
  abort: atLeast(0xe7d9136b7efea352n, 25),
}

const typesByMagic: ReadonlyMap<bigint, MessageType> = new Map(
  // The keys of the record are its declared ones: it is a constant of this file.
  (Object.keys(messageRules) as MessageType[]).map((type) => [messageRules[type].magic, type]),
)

export function typeOfMagic(magic: bigint): MessageType | undefined {
  return typesByMagic.get(magic)
}
