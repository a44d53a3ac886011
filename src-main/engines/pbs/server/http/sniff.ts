import type { Duplex } from 'node:stream'

/** How HTTP/2 with prior knowledge begins (RFC 9113, section 3.4); no method of HTTP/1 begins so. */
const PREFACE_START = Buffer.from('PRI')

/**
 * Says whether a connection begins with the preface of HTTP/2; what was read is put back. A connection that ends before
 * is destroyed, and the promise stays open: whoever waits has nothing to do then.
 */
export function beginsWithPreface(socket: Duplex): Promise<boolean> {
  return new Promise((resolve) => {
    let start = Buffer.alloc(0)
    const onEnd = () => socket.destroy()
    const onReadable = () => {
      const bytes: Buffer | null = socket.read()
      if (bytes === null) return
      start = Buffer.concat([start, bytes])
      const isAlike = PREFACE_START.subarray(0, start.length).equals(start.subarray(0, PREFACE_START.length))
      if (isAlike && start.length < PREFACE_START.length) return
      socket.removeListener('readable', onReadable)
      socket.removeListener('end', onEnd)
      socket.unshift(start)
      resolve(isAlike)
    }
    socket.on('readable', onReadable)
    socket.once('end', onEnd)
  })
}
