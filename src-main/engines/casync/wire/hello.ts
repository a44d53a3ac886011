import { CaprotocolError, errno } from './errno.ts'

/** What the sender of a HELLO can do, and what it wants to do (spec casync §3.2). */
export const protocolFeature = {
  readableStore: 0x1n,
  writableStore: 0x2n,
  readableIndex: 0x4n,
  writableIndex: 0x8n,
  readableArchive: 0x10n,
  writableArchive: 0x20n,
  pullChunks: 0x40n,
  pullIndex: 0x80n,
  pullArchive: 0x100n,
  pushChunks: 0x200n,
  pushIndex: 0x400n,
  pushIndexChunks: 0x800n,
  pushArchive: 0x1000n,
} as const

const f = protocolFeature
const knownFeatures = 0x1fffn
const operations = f.pullChunks | f.pullIndex | f.pullArchive | f.pushChunks | f.pushIndex | f.pushArchive

/** What each operation needs from the other side. */
const services: readonly (readonly [name: string, operation: bigint, service: bigint])[] = [
  ['PULL_CHUNKS', f.pullChunks, f.readableStore],
  ['PULL_INDEX', f.pullIndex, f.readableIndex],
  ['PULL_ARCHIVE', f.pullArchive, f.readableArchive],
  ['PUSH_CHUNKS', f.pushChunks, f.writableStore],
  ['PUSH_INDEX', f.pushIndex, f.writableIndex],
  ['PUSH_ARCHIVE', f.pushArchive, f.writableArchive],
]

/** Throws a RangeError for flags that no side may send: nothing, something unknown, both reading and writing one thing. */
export function checkLocalFeatures(local: bigint): void {
  const has = (bits: bigint): boolean => (local & bits) === bits
  const isImpossible =
    local === 0n ||
    (local & ~knownFeatures) !== 0n ||
    has(f.readableIndex | f.writableIndex) ||
    has(f.readableArchive | f.writableArchive) ||
    lacksPushes(local)
  if (isImpossible) throw new RangeError(`impossible features 0x${local.toString(16)}`)
}

/** Throws what the refusal rules of spec casync §3.3 say about the HELLO of the other side, in their order. */
export function checkHello(remote: bigint, local: bigint): void {
  const unknown = remote & ~knownFeatures
  if (unknown !== 0n) throw refusal(`unknown features 0x${unknown.toString(16)}`, errno.EPROTONOSUPPORT)
  if (lacksPushes(remote)) throw refusal('PUSH_INDEX_CHUNKS without PUSH_INDEX and PUSH_CHUNKS')
  for (const [name, operation, service] of services) {
    if ((remote & operation) !== 0n && (local & service) === 0n) throw refusal(`${name} is not offered here`)
    if ((local & operation) !== 0n && (remote & service) === 0n) throw refusal(`${name} is not offered there`)
  }
  if (((local | remote) & operations) === 0n) throw refusal('nobody wants anything')
}

function lacksPushes(flags: bigint): boolean {
  const pushes = f.pushIndex | f.pushChunks
  return (flags & f.pushIndexChunks) !== 0n && (flags & pushes) !== pushes
}

function refusal(problem: string, number: number = errno.EBADE): CaprotocolError {
  // A HELLO is the first message, and its flags are its body.
  return new CaprotocolError('HELLO flags', 16, problem, number)
}
