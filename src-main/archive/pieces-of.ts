import type { RandomAccess } from './random-access.ts'

/** What one step hands over at most. */
const pieceBytes = 1 << 20

/** A part of something that can be read from anywhere, from its beginning to its end; all of it unless told otherwise. */
export async function* piecesOf(
  access: RandomAccess,
  signal: AbortSignal,
  { offset = 0n, length }: { readonly offset?: bigint; readonly length?: bigint | undefined } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const wantedEnd = length === undefined ? access.sizeBytes : offset + length
  const end = wantedEnd < access.sizeBytes ? wantedEnd : access.sizeBytes
  for (let at = offset; at < end; ) {
    const left = end - at
    const piece = await access.read(at, left < BigInt(pieceBytes) ? Number(left) : pieceBytes, signal)
    if (piece.length === 0) return // it was cut off meanwhile
    yield piece
    at += BigInt(piece.length)
  }
}
