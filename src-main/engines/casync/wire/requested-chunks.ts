import type { Digest } from '../../../../src-shared/model/digest.ts'
import { CaprotocolError } from './errno.ts'
import { headerBytes, type Message, requestStepBytes } from './message.ts'

const requestHeadBytes = headerBytes + 8
const idBytes = 32

/** What was asked of a peer, on the side that asks. */
export class RequestedChunks {
  /** False when only of low priority. */
  readonly #waiting = new Map<Digest, boolean>()
  readonly #answered = new Set<Digest>()

  /** Asked for, and neither sent nor said to be missing. */
  get waitingCount(): number {
    return this.#waiting.size
  }

  /**
   * The messages to send for these ids. Those that were asked for already are left out, for a peer answers once; but one
   * that waits at low priority is asked for again at high priority, which moves it forward.
   */
  request(ids: Iterable<Digest>, isHighPriority: boolean): Message[] {
    const wanted: Digest[] = []
    for (const id of ids) {
      const asked = this.#answered.has(id) || this.#waiting.get(id)
      if (asked === true || (asked === false && !isHighPriority)) continue
      this.#waiting.set(id, isHighPriority)
      wanted.push(id)
    }
    return splitRequest(wanted, isHighPriority)
  }

  /**
   * Says what the answer to an id is: awaited, or given before, which a peer may do and which is to be passed over. Throws
   * a CaprotocolError for a chunk that nobody asked for.
   */
  answered(message: Message & { readonly type: 'chunk' | 'missing' }): 'awaited' | 'repeated' {
    const { id, type } = message
    if (this.#waiting.delete(id)) {
      this.#answered.add(id)
      return 'awaited'
    }
    if (this.#answered.has(id)) return 'repeated'
    throw new CaprotocolError(type, 0, `nobody asked for ${id}`)
  }
}

/** As casync cuts them: a message is closed when it has 64 KiB, which is after 2048 ids. */
function splitRequest(ids: readonly Digest[], isHighPriority: boolean): Message[] {
  const perMessage = Math.ceil((requestStepBytes - requestHeadBytes) / idBytes)
  const messages: Message[] = []
  for (let at = 0; at < ids.length; at += perMessage) {
    messages.push({ type: 'request', isHighPriority, ids: ids.slice(at, at + perMessage) })
  }
  return messages
}
