import type { Writable } from 'node:stream'

/** A backup program that cannot write holds locks on its server: whoever takes nothing for so long is let go. */
const stallMs = 300_000

/** The other side is gone, or was let go. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

/** Writes and waits while the other side is slow. Rejects when it went away, or takes nothing any more. */
export async function send(stream: Writable, bytes: Uint8Array | string, waitMs = stallMs): Promise<void> {
  if (stream.destroyed || stream.writableEnded) throw new ConnectionLost('the connection is closed')
  if (stream.write(bytes)) return
  await new Promise<void>((resolve, reject) => {
    const stalled = setTimeout(
      () => stream.destroy(new ConnectionLost('the other side takes nothing any more')),
      waitMs,
    )
    const settle = (): void => {
      clearTimeout(stalled)
      stream.off('drain', settle)
      stream.off('close', settle)
      if (stream.destroyed) reject(stream.errored ?? new ConnectionLost('the other side closed the connection'))
      else resolve()
    }
    stream.on('drain', settle)
    stream.on('close', settle)
  })
}

/** Writes what is left and closes. A peer that takes nothing any more is not waited for for ever. */
export async function endStream(stream: Writable, timeoutMs = 30_000): Promise<void> {
  if (stream.destroyed) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => stream.destroy(), timeoutMs)
    stream.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    stream.end(() => stream.destroy())
  })
}
