import { CaprotocolError } from './errno.ts'
import { checkHello, checkLocalFeatures, protocolFeature as f } from './hello.ts'
import { type Message, type MessageType, minFirstIndexBytes } from './message.ts'

/** Which side of the connection a message comes from. */
type Side = 'received' | 'sent'

/** The two sides of a rule: what the receiver wants, or the sender, of each kind of message (spec casync §3.4). */
interface Direction {
  /** The one who gets it asked for it … */
  readonly pulled: bigint
  /** … or the one who sends it said so. */
  readonly pushed: bigint
}

const indexFlow: Direction = { pulled: f.pullIndex, pushed: f.pushIndex }
const archiveFlow: Direction = { pulled: f.pullArchive, pushed: f.pushArchive }
const chunkFlow: Direction = { pulled: f.pullChunks, pushed: f.pushChunks }

const flows: Readonly<Partial<Record<MessageType, Direction>>> = {
  index: indexFlow,
  'index-eof': indexFlow,
  archive: archiveFlow,
  'archive-eof': archiveFlow,
  chunk: chunkFlow,
  missing: chunkFlow,
  // Goes the other way than the chunks.
  request: { pulled: f.pushChunks, pushed: f.pullChunks },
}

/** What one side has sent so far. */
interface Progress {
  hasGreeted: boolean
  indexBytes: number
  isIndexComplete: boolean
  isArchiveComplete: boolean
  /** GOODBYE or ABORT. */
  hasEnded: boolean
}

/**
 * The order of messages on one connection (spec casync §3.3, §3.4), for both sides, who follow the same rules. No bytes and
 * no time: it is told of every message, and says which may not be.
 *
 *     opening ── HELLO of the peer ──▶ running ── GOODBYE or ABORT of either ──▶ that side says no more
 */
export class ConnectionRules {
  readonly #local: bigint
  #remote: bigint | undefined
  readonly #progress: Readonly<Record<Side, Progress>> = { received: fresh(), sent: fresh() }

  /** `local` is what our HELLO says. */
  constructor(local: bigint) {
    checkLocalFeatures(local)
    this.#local = local
  }

  get local(): bigint {
    return this.#local
  }

  /** Undefined until the peer has greeted. */
  get remote(): bigint | undefined {
    return this.#remote
  }

  /** To be called with every message of the peer, in order. Throws a CaprotocolError for what it may not say now. */
  received(message: Message): void {
    const problem = this.#problem('received', message)
    if (problem !== undefined) throw new CaprotocolError(message.type, 0, problem)
    if (message.type === 'hello') {
      checkHello(message.featureFlags, this.#local)
      this.#remote = message.featureFlags
    }
    advance(this.#progress.received, message)
  }

  /** To be called with every message before it is sent. Throws a TypeError for what we may not say now: a bug of ours. */
  sent(message: Message): void {
    const problem = this.#problem('sent', message) ?? this.#unwise(message)
    if (problem !== undefined) throw new TypeError(`${message.type}: ${problem}`)
    advance(this.#progress.sent, message)
  }

  #problem(side: Side, message: Message): string | undefined {
    const { hasEnded, hasGreeted, isIndexComplete, isArchiveComplete } = this.#progress[side]
    const { type } = message
    if (hasEnded) return 'after the end'
    if (type === 'abort') return undefined
    if (type === 'hello') return hasGreeted ? 'a second time' : undefined
    if (!hasGreeted) return 'before HELLO'
    if (type === 'goodbye') return undefined
    if (!this.#isAgreed(side, type)) return 'was not agreed upon'
    if ((type === 'index' || type === 'index-eof') && isIndexComplete) return 'after INDEX_EOF'
    if ((type === 'archive' || type === 'archive-eof') && isArchiveComplete) return 'after ARCHIVE_EOF'
    return undefined
  }

  #isAgreed(side: Side, type: MessageType): boolean {
    const flow = flows[type]
    if (flow === undefined || this.#remote === undefined) return false
    const [receiver, sender] = side === 'received' ? [this.#local, this.#remote] : [this.#remote, this.#local]
    return (receiver & flow.pulled) !== 0n || (sender & flow.pushed) !== 0n
  }

  /** What is allowed, but breaks casync (§3.7). */
  #unwise(message: Message): string | undefined {
    if (message.type === 'hello') return message.featureFlags === this.#local ? undefined : 'not as was planned'
    const isFirstIndex = message.type === 'index' && this.#progress.sent.indexBytes === 0
    if (isFirstIndex && message.data.length < minFirstIndexBytes) return 'less than a header of an index'
    return undefined
  }
}

function fresh(): Progress {
  return { hasGreeted: false, indexBytes: 0, isIndexComplete: false, isArchiveComplete: false, hasEnded: false }
}

function advance(progress: Progress, message: Message): void {
  switch (message.type) {
    case 'hello':
      progress.hasGreeted = true
      return
    case 'index':
      progress.indexBytes += message.data.length
      return
    case 'index-eof':
      progress.isIndexComplete = true
      return
    case 'archive-eof':
      progress.isArchiveComplete = true
      return
    case 'goodbye':
    case 'abort':
      progress.hasEnded = true
  }
}
