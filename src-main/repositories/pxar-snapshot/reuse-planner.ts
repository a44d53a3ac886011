/**
 * Decides which chunks of the previous payload stream are put into the new one, so that unchanged files need not be read
 * (spec pbs §6.3, §9.1). Pure: it knows positions and sizes, nothing of chunks' contents or of where they are stored.
 *
 * Files come in archive order. A file can be taken over when the chunks that cover it are in the new stream. If they just
 * went in for the file before it, that costs nothing. Otherwise they have to be injected, and whatever in them belongs
 * to no file any more (padding) is carried along. PBS gathers runs of files to see how much padding a run has. This
 * planner needs no look-ahead: it knows the padding that lies before the file, and assumes that what follows is still
 * wanted, as it mostly is. It keeps account of how that turns out: when a tenth of the old payload is carried along as
 * padding, it becomes as strict as PBS. So nothing is queued, no file has to be opened late, and waste stays bounded.
 */

/** As in PBS: padding may be a tenth. */
const MAX_PADDING = 0.1

/** The chunks of the previous payload stream. Chunks with equal content have the same `identity`. */
export interface PayloadLayout {
  readonly count: number
  /** Where chunk `position` begins; for `count`, where the last one ends. */
  start(position: number): number
  /** The chunk that holds the byte at `offset`, which lies inside the stream. */
  find(offset: number): number
  /** The first position with the same content. */
  identity(position: number): number
}

export interface ReusePlan {
  /** Chunks to inject at the end of the new stream: positions `from` to `to`, the latter excluded. Often none. */
  readonly from: number
  readonly to: number
  /** Where the file's PAYLOAD header will be in the new stream. */
  readonly offset: number
  readonly newStart: number
}

export class ReusePlanner {
  readonly #layout: PayloadLayout
  /** By identity: bytes of the chunk that files of the new archive refer to. */
  readonly #used: Uint32Array
  readonly #isInjected: Uint8Array
  readonly #isMissing: Uint8Array
  readonly #distinctBytes: number
  #injectedBytes = 0
  #usedBytes = 0
  /** Bytes in the new stream that no file refers to, also those of chunks that occur again. */
  #streamPadding = 0
  #streamUsed = 0
  /** New minus old position, while the last thing in the new stream is the injected chunk `#last`. */
  #shift = 0
  #last = -1
  /** Nothing differs so far: then the new archive is to become the old one, with whatever padding that has. */
  #isUntouched = true
  #endOfLastFile = 0

  constructor(layout: PayloadLayout) {
    this.#layout = layout
    this.#used = new Uint32Array(layout.count)
    this.#isInjected = new Uint8Array(layout.count)
    this.#isMissing = new Uint8Array(layout.count)
    let distinct = 0
    for (let i = 0; i < layout.count; i++)
      if (layout.identity(i) === i) distinct += layout.start(i + 1) - layout.start(i)
    this.#distinctBytes = distinct
  }

  /** The chunk that ends the new stream at the moment, or −1 when new data does. */
  get lastInjected(): number {
    return this.#last
  }

  /**
   * How to take over the PAYLOAD item of `length` bytes at `offset` of the old stream, when the new one has reached
   * `streamEnd`; undefined when the file is to be read again. Changes nothing: see `accept`.
   */
  plan(offset: number, length: number, streamEnd: number): ReusePlan | undefined {
    const layout = this.#layout
    if (offset < this.#endOfLastFile || offset + length > layout.start(layout.count)) return undefined
    const first = layout.find(offset)
    const end = this.#findEnd(first, offset + length)
    const isContinued = this.#last >= 0 && first >= this.#last && first <= this.#last + 1
    const from = isContinued ? this.#last + 1 : first
    const shift = isContinued ? this.#shift : streamEnd - layout.start(first)
    for (let position = from; position < end; position++) {
      if (this.#isMissing[layout.identity(position)] === 1) return undefined
    }
    if (from < end && !this.#isWorthwhile(from, end, offset, length)) return undefined
    return { from, to: end, offset: offset + shift, newStart: layout.start(from) + shift }
  }

  /** The plan for that file was carried out. */
  accept(plan: ReusePlan, offset: number, length: number): void {
    const layout = this.#layout
    for (let position = plan.from; position < plan.to; position++) {
      const size = layout.start(position + 1) - layout.start(position)
      this.#streamPadding += size
      const identity = layout.identity(position)
      if (this.#isInjected[identity] === 1) continue
      this.#isInjected[identity] = 1
      this.#injectedBytes += size
    }
    if (plan.from < plan.to) this.#last = plan.to - 1
    this.#shift = plan.offset - offset
    this.#endOfLastFile = offset + length
    this.#streamPadding -= length
    this.#streamUsed += length
    this.#use(offset, offset + length)
  }

  /** New data goes into the stream: what was injected last no longer ends it. */
  newData(length: number): void {
    this.#last = -1
    this.#isUntouched = false
    this.#streamUsed += length
  }

  /** A chunk that was planned is not there any more: no plan contains it again. */
  forbid(position: number): void {
    this.#isMissing[this.#layout.identity(position)] = 1
  }

  /** A file of the old archive is gone or changed. */
  differs(): void {
    this.#isUntouched = false
  }

  #isWorthwhile(from: number, to: number, offset: number, length: number): boolean {
    if (this.#isUntouched) return true
    const layout = this.#layout
    let fresh = 0
    let passed = 0
    let covered = 0
    for (let position = from; position < to; position++) {
      if (this.#isInjected[layout.identity(position)] === 1) continue // carrying it again stores nothing
      const start = layout.start(position)
      const end = layout.start(position + 1)
      fresh += end - start
      passed += Math.max(0, offset - start)
      covered += Math.min(end, offset + length) - Math.max(start, offset)
    }
    // The stream grows by it, and with it the index and what a sequential reader skips: not beyond twice its contents.
    if (fresh === 0) return this.#streamPadding <= this.#streamUsed + this.#distinctBytes
    if (fresh - covered <= fresh * MAX_PADDING) return true
    const padding = this.#injectedBytes - this.#usedBytes - (length - covered) + passed
    return padding <= this.#distinctBytes * MAX_PADDING
  }

  #findEnd(first: number, end: number): number {
    let position = first + 1
    while (this.#layout.start(position) < end) position++
    return position
  }

  #use(from: number, to: number): void {
    const layout = this.#layout
    for (let position = layout.find(from); position < layout.count && layout.start(position) < to; position++) {
      const start = layout.start(position)
      const end = layout.start(position + 1)
      const identity = layout.identity(position)
      // Equal chunks may serve several files: what counts is that the chunk is wanted, not how often.
      const before = this.#used[identity] ?? 0
      const after = Math.min(end - start, before + Math.min(end, to) - Math.max(start, from))
      this.#used[identity] = after
      this.#usedBytes += after - before
    }
  }
}
