import type { ByteSink } from './random-access.ts'
import { writeU64 } from './u64.ts'

export const defaultBlockBytes = 1 << 20

/** A part of a block below this is copied out rather than handed over with the whole block. */
const copyBelowBytes = 64 << 10

/**
 * Gathers many small writes into blocks for a sink. Blocks are handed over, not copied: the sink may keep or transfer
 * them, the writer goes on in a fresh one. A sink that copies gives them back: half a gigabyte of blocks that are used once
 * costs more in page faults and collections than all that is done with them. The `put…` calls never wait, the block grows
 * instead; whoever calls them calls `settle` between entries.
 */
export class StreamWriter {
  readonly #sink: ByteSink
  readonly #blockBytes: number
  #block: Uint8Array
  #view: DataView
  #used = 0
  #handedOver = 0
  /** A block that came back from a sink that copies. */
  #spare: Uint8Array | undefined

  constructor(sink: ByteSink, blockBytes: number = defaultBlockBytes) {
    this.#sink = sink
    this.#blockBytes = blockBytes
    this.#block = freshBlock(blockBytes)
    this.#view = viewOf(this.#block)
  }

  /** Of the block; another one after `take`. */
  protected get view(): DataView {
    return this.#view
  }

  /** Where the next byte goes, counted from the beginning of the stream. */
  get position(): number {
    return this.#handedOver + this.#used
  }

  /** Moves the position on without bytes: somebody else puts them there. Only after a flush. */
  skip(bytes: number): void {
    this.#handedOver += bytes
  }

  putU64(value: number): void {
    const at = this.take(8)
    writeU64(this.#view, at, value)
  }

  putHalves(low: number, high: number): void {
    const at = this.take(8)
    this.#view.setUint32(at, low, true)
    this.#view.setUint32(at + 4, high, true)
  }

  putBigU64(value: bigint): void {
    const at = this.take(8)
    this.#view.setBigUint64(at, value, true)
  }

  putByte(value: number): void {
    const at = this.take(1)
    this.#block[at] = value
  }

  putBytes(bytes: Uint8Array): void {
    const at = this.take(bytes.length)
    this.#block.set(bytes, at)
  }

  /** Room for `bytes`, to be filled through the view at once: `fill(view, at)`. */
  putWith(bytes: number, fill: (view: DataView, at: number) => void): void {
    const at = this.take(bytes)
    fill(this.#view, at)
  }

  /** The free end of the block, to read into; then `commit`. Empty when the block is full: flush. */
  tail(): Uint8Array {
    return this.#block.subarray(this.#used)
  }

  commit(bytes: number): void {
    this.#used += bytes
  }

  /** Hands over when the block is nearly full. */
  settle(): void | Promise<void> {
    if (this.#used >= this.#blockBytes - (this.#blockBytes >>> 4)) return this.flush()
  }

  flush(): void | Promise<void> {
    if (this.#used === 0) return
    const bytes = this.#used
    this.#used = 0
    this.#handedOver += bytes
    if (this.#sink.copies === true) return this.#lend(bytes)
    if (bytes < Math.min(copyBelowBytes, this.#block.length >>> 2)) return this.#sink.write(this.#block.slice(0, bytes))
    const full = this.#block.subarray(0, bytes)
    this.#use(freshBlock(this.#blockBytes))
    return this.#sink.write(full)
  }

  /** To a sink that gives the block back: at once, nearly always. While it waits for room, the writer has another one. */
  #lend(bytes: number): void | Promise<void> {
    const block = this.#block
    const pending = this.#sink.write(block.subarray(0, bytes))
    if (pending === undefined) return
    this.#use(this.#spare ?? freshBlock(this.#blockBytes))
    this.#spare = undefined
    return pending.then(() => {
      this.#spare = block
    })
  }

  #use(block: Uint8Array): void {
    this.#block = block
    this.#view = viewOf(block)
  }

  /** Reserves room. May replace the block: callers look at block and view only after it. */
  protected take(bytes: number): number {
    const at = this.#used
    const used = at + bytes
    if (used > this.#block.length) this.#grow(used)
    this.#used = used
    return at
  }

  #grow(needed: number): void {
    const grown = freshBlock(Math.max(needed, this.#block.length * 2))
    grown.set(this.#block.subarray(0, this.#used))
    this.#use(grown)
  }
}

/** Never from Node's pool (a sink may transfer it), never zeroed: only what was written leaves. */
function freshBlock(bytes: number): Uint8Array {
  const buffer = Buffer.allocUnsafeSlow(bytes)
  return new Uint8Array(buffer.buffer, 0, bytes)
}

function viewOf(block: Uint8Array): DataView {
  return new DataView(block.buffer, block.byteOffset, block.length)
}
