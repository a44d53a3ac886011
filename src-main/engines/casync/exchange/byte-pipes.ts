import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

/** Two byte streams, one each way: all that a connection is (spec casync §3.1). */
export interface BytePipes {
  /** Ends when the peer has closed its side. Throws when it broke. */
  readonly input: AsyncIterable<Uint8Array>
  readonly output: ByteSink
  /** Ends both at once, whatever is under way. May be called twice. */
  destroy(): void
}

export interface ByteSink {
  /** Returns when there is room for more. The bytes are not to be changed afterwards. One call at a time. */
  write(bytes: Uint8Array): Promise<void>
  /** Says that there is no more; returns when everything is out. */
  end(): Promise<void>
}

/** Of a spawned program, a socket, or this process. */
export function nodePipes(readable: Readable, writable: Writable): BytePipes {
  // A peer that goes while we write is seen where we read; here only no error may go unheard.
  let broken: Error | undefined
  writable.on('error', (error) => {
    broken ??= error
  })
  const check = (): void => {
    if (broken !== undefined) throw broken
  }
  return {
    input: { [Symbol.asyncIterator]: () => readable.iterator({ destroyOnReturn: false }) },
    output: {
      async write(bytes) {
        check()
        if (!writable.write(bytes)) await drained(writable)
        check()
      },
      async end() {
        check()
        const { promise, resolve } = Promise.withResolvers<void>()
        writable.end(resolve)
        // Nothing calls back for a stream that was destroyed before.
        if (!writable.closed) await Promise.race([promise, once(writable, 'close')])
        check()
      },
    },
    destroy() {
      readable.destroy()
      writable.destroy()
    },
  }
}

/** Also when it closes instead: what follows says why. */
async function drained(writable: Writable): Promise<void> {
  if (writable.closed || !writable.writableNeedDrain) return
  const { promise, resolve } = Promise.withResolvers<void>()
  writable.once('drain', resolve)
  writable.once('close', resolve)
  writable.once('error', resolve)
  try {
    await promise
  } finally {
    writable.off('drain', resolve)
    writable.off('close', resolve)
    writable.off('error', resolve)
  }
}
