import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** So much is handed over at once: what waits to be sent counts against the memory of an HTTP/2 session (spec pbs §11). */
const PIECE_BYTES = 256 << 10

/** Writes a body at the speed of the receiver, and ends the stream. Throws when the receiver goes away. */
export async function sendBody(
  into: Writable,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  if (body instanceof Uint8Array) await sendPieces(into, body, signal)
  else for await (const bytes of body) await sendPieces(into, bytes, signal)
  into.end()
}

async function sendPieces(into: Writable, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    signal.throwIfAborted()
    if (!into.write(bytes.subarray(at, at + PIECE_BYTES))) await once(into, 'drain', { signal })
  }
}
