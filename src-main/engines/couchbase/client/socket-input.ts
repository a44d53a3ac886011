import type { ByteInput } from '../wire/byte-input.ts'

/** Four of these a connection: what arrives while the reader is busy with the block before. */
const BLOCK_BYTES = 128 << 10
const MAX_BLOCKS = 4
/** With less room left in a block the next one is begun; TLS hands over at most 16 KiB at once. */
const MIN_ROOM = 32 << 10

interface Block {
  readonly bytes: Buffer
  start: number
  end: number
}

/**
 * Takes what a socket reads without copying: the system writes into blocks of ours, which are used again and again.
 * Put `buffer` and `callback` into the `onread` option of net.connect or tls.connect. When the reader is slow, the socket
 * is paused, and TCP tells the other side.
 */
export class SocketInput implements ByteInput {
  readonly #resume: () => void
  readonly #blocks: Block[] = []
  readonly #free: Block[] = []
  #wake: (() => void) | undefined
  #isPaused = false
  #end: { readonly error: Error | undefined } | undefined

  constructor(resume: () => void) {
    this.#resume = resume
  }

  /** Somebody waits for bytes, and none are there. */
  get isStarving(): boolean {
    return this.#wake !== undefined
  }

  /** Where the socket is to put what it reads next. */
  readonly buffer = (): Buffer => {
    let block = this.#blocks.at(-1)
    if (block === undefined || block.bytes.length - block.end < MIN_ROOM) {
      block = this.#free.pop() ?? { bytes: Buffer.allocUnsafeSlow(BLOCK_BYTES), start: 0, end: 0 }
      this.#blocks.push(block)
    }
    return block.bytes.subarray(block.end)
  }

  /** The socket has put `count` bytes where it was told to. Returns false to pause it. */
  readonly callback = (count: number): boolean => {
    const block = this.#blocks.at(-1)
    if (block === undefined) throw new Error('bytes came before there was room for them')
    block.end += count
    this.#wake?.()
    // TLS hands over what it has decrypted although it was told to pause: that does not end the pause.
    this.#isPaused ||= this.#blocks.length >= MAX_BLOCKS && block.bytes.length - block.end < MIN_ROOM
    return !this.#isPaused
  }

  /** Nothing more comes. What has come can still be read. */
  finish(error?: Error): void {
    this.#end ??= { error }
    this.#wake?.()
  }

  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      this.#recycle()
      const block = this.#blocks[0]
      if (block && block.end > block.start) {
        const bytes = block.bytes.subarray(block.start, block.end)
        block.start = block.end
        return bytes
      }
      if (this.#end) {
        if (this.#end.error) throw this.#end.error
        return undefined
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
  }

  /** Blocks that were read to their end are free, but for the one the socket is writing into. */
  #recycle(): void {
    for (;;) {
      const [block] = this.#blocks
      if (this.#blocks.length < 2 || block === undefined || block.start < block.end) break
      this.#blocks.shift()
      block.start = 0
      block.end = 0
      this.#free.push(block)
    }
    if (this.#isPaused && this.#blocks.length < MAX_BLOCKS) {
      this.#isPaused = false
      this.#resume()
    }
  }
}
