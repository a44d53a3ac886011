import { ProtocolError } from '../../../../src-shared/errors.ts'
import { ByteWindow } from '../../../archive/byte-window.ts'
import { headerBytesLimit, lineBytesLimit, protocolName } from './limits.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })
const lineFeed = 0x0a

/** Lines, then whatever follows them, from one side of a connection. Lines end with LF alone and are not trimmed. */
export class MessageReader {
  /** What follows the lines is read here, by whoever knows its encoding. */
  readonly window: ByteWindow
  #headerBytes = 0

  constructor(pieces: AsyncIterable<Uint8Array>, signal: AbortSignal) {
    this.window = new ByteWindow(pieces, { signal, format: protocolName })
  }

  async line(field: string): Promise<string> {
    const line = await this.lineOrEnd(field)
    if (line === undefined) throw new ProtocolError(protocolName, field, this.window.position, 'the connection ended')
    return line
  }

  /** `undefined` when the connection ended right here. */
  async lineOrEnd(field: string): Promise<string | undefined> {
    const { window } = this
    for (let searched = 0; ; ) {
      const end = window.bytes.indexOf(lineFeed, window.at + searched)
      const length = end < 0 ? window.available : end - window.at
      if (length > lineBytesLimit) throw this.#tooLong(field, `a line is longer than ${lineBytesLimit} bytes`)
      if (end >= 0) {
        this.#headerBytes += length + 1
        if (this.#headerBytes > headerBytesLimit)
          throw this.#tooLong(field, `the header is longer than ${headerBytesLimit} bytes`)
        const text = decode(window.bytes.subarray(window.at, end))
        window.at = end + 1
        return text
      }
      searched = length
      if (!(await window.fillOrEnd(length + 1, field))) return undefined
    }
  }

  /** A new message begins: its lines are counted anew. */
  newHeader(): void {
    this.#headerBytes = 0
  }

  /** Everything that is left. */
  async *rest(): AsyncGenerator<Uint8Array> {
    const { window } = this
    while (window.available > 0 || (await window.fillOrEnd(1, 'stream'))) {
      const bytes = window.bytes.subarray(window.at)
      window.at += bytes.length
      yield bytes
    }
  }

  async close(): Promise<void> {
    await this.window.close()
  }

  #tooLong(field: string, problem: string): ProtocolError {
    return new ProtocolError(protocolName, field, this.window.position, problem)
  }
}

/** UTF-8, or latin1 where it is not: old servers send messages in whatever they are set to. */
function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return Buffer.from(bytes).toString('latin1')
  }
}
