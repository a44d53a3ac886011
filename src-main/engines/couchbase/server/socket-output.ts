import type { Socket } from 'node:net'

/** Writes to a socket in order; a promise that is kept says that the bytes may be used for something else. */
export class SocketOutput {
  readonly #socket: Socket
  sentBytes = 0n

  constructor(socket: Socket) {
    this.#socket = socket
  }

  write(...parts: readonly Uint8Array[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const last = parts.length - 1
      if (last > 0) this.#socket.cork() // header and body as one write
      parts.forEach((part, index) => {
        this.sentBytes += BigInt(part.length)
        if (index < last) this.#socket.write(part)
        else this.#socket.write(part, (error) => (error ? reject(error) : resolve()))
      })
      if (last > 0) this.#socket.uncork()
    })
  }
}
