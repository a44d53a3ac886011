import type { Digest } from '../../../../src-shared/model/digest.ts'
import { CaprotocolError } from './errno.ts'

/** Ours: of ids that one peer may name on a connection. A stream of 512 GiB in chunks of 64 KiB has as many. */
const maxIds = 1 << 23

/**
 * What a peer asks for, on the side that answers (spec casync §3.8): all of high priority before all of low priority, in
 * the order they came. An id is answered once on a connection: asking again only moves it forward, while it waits.
 * casync asks for the same chunk twice as a rule, low first and high when it cannot go on without.
 */
export class RequestQueue {
  /** Sets keep their order. */
  readonly #high = new Set<Digest>()
  readonly #low = new Set<Digest>()
  readonly #answered = new Set<Digest>()

  /** How many wait. */
  get size(): number {
    return this.#high.size + this.#low.size
  }

  add(ids: Iterable<Digest>, isHighPriority: boolean): void {
    for (const id of ids) {
      if (this.#answered.has(id) || this.#high.has(id)) continue
      if (!isHighPriority) {
        this.#low.add(id)
      } else {
        this.#low.delete(id)
        this.#high.add(id)
      }
      if (this.size + this.#answered.size > maxIds) {
        throw new CaprotocolError('request', 0, `more than ${maxIds} chunks on one connection`)
      }
    }
  }

  /** Takes the next id that is to be answered; undefined when nothing waits. */
  next(): Digest | undefined {
    for (const waiting of [this.#high, this.#low]) {
      for (const id of waiting) {
        waiting.delete(id)
        this.#answered.add(id)
        return id
      }
    }
    return undefined
  }
}
