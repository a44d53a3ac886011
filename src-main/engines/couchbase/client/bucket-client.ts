import { type BucketConfig, compareRevisions, decodeBucketConfig } from '../cluster/bucket-config.ts'
import { formatAddress, type NodeAddress } from '../cluster/node-address.ts'
import { opcode } from '../wire/opcode.ts'
import { status } from '../wire/status.ts'
import { asHoldfastError, hasStatus, isWorthRetrying } from './failures.ts'
import type { LoginOptions } from './login.ts'
import { NodeLink } from './node-link.ts'
import { Patience, type PatienceOptions } from './patience.ts'
import type { PreparedSnapshot } from './snapshot-requests.ts'

export interface BucketClientOptions extends LoginOptions, PatienceOptions {
  /** Any nodes of the cluster; the others are found. */
  readonly seeds: readonly NodeAddress[]
}

/** What a node has not made by then is left to it: the next run finds it as a left-over (spec couchbase §9.5). */
const CANCELLED_WAIT_MS = 10_000

/** A snapshot, and where it is. */
export interface NodeSnapshot extends PreparedSnapshot {
  readonly node: NodeLink
}

/** A bucket on all nodes of its cluster: knows who has which vbucket, and learns when that changes. */
export class BucketClient {
  readonly #options: BucketClientOptions
  readonly #links = new Map<string, NodeLink>()
  #config: BucketConfig
  #configBytes: Uint8Array

  private constructor(options: BucketClientOptions, config: BucketConfig, bytes: Uint8Array) {
    this.#options = options
    this.#config = config
    this.#configBytes = bytes
  }

  /** Asks the seeds, one after the other, until one answers. @throws HoldfastError */
  static async open(options: BucketClientOptions, signal: AbortSignal): Promise<BucketClient> {
    let failure: unknown = new Error('no nodes were given')
    for (const seed of options.seeds) {
      const link = new NodeLink(seed, options)
      try {
        const { config, bytes } = await askConfig(link, options, signal)
        return new BucketClient(options, config, bytes)
      } catch (error) {
        signal.throwIfAborted()
        failure = asHoldfastError(error, seed)
        if (!isWorthRetrying(error)) throw failure
      } finally {
        link.close()
      }
    }
    throw failure
  }

  get config(): BucketConfig {
    return this.#config
  }

  /** The configuration as the cluster wrote it. */
  get configBytes(): Uint8Array {
    return this.#configBytes
  }

  get isSecure(): boolean {
    return this.#options.tls !== undefined
  }

  get patience(): PatienceOptions {
    return { patienceMs: this.#options.patienceMs, firstDelayMs: this.#options.firstDelayMs }
  }

  link(address: NodeAddress): NodeLink {
    const key = formatAddress(address)
    const known = this.#links.get(key)
    if (known) return known
    const link = new NodeLink(address, this.#options)
    this.#links.set(key, link)
    return link
  }

  owner(vbid: number): NodeLink | undefined {
    const address = this.#config.owners[vbid]
    return address && this.link(address)
  }

  /** Asks every known node until one answers; the newest configuration seen is kept. False when none answers. */
  async refresh(signal: AbortSignal): Promise<boolean> {
    for (const address of [...this.#config.nodes, ...this.#options.seeds]) {
      try {
        const { config, bytes } = await askConfig(this.link(address), this.#options, signal)
        this.#learn(config, bytes)
        return true
      } catch (error) {
        signal.throwIfAborted()
        if (!isWorthRetrying(error)) throw asHoldfastError(error, address)
      }
    }
    return false
  }

  /**
   * Prepares the snapshot of a vbucket on whichever node has it; when it has moved, on the node that has it now.
   * Undefined when no node has it. A cancel while the node makes it still gives the snapshot: it is the caller's to release.
   */
  async prepare(vbid: number, signal: AbortSignal): Promise<NodeSnapshot | undefined> {
    const patience = new Patience(this.#options)
    for (;;) {
      const node = this.owner(vbid)
      if (node === undefined) return undefined
      try {
        return { ...(await node.prepare(vbid, signal, { cancelledWaitMs: CANCELLED_WAIT_MS })), node }
      } catch (error) {
        signal.throwIfAborted()
        const isElsewhere = hasStatus(error, status.notMyVbucket)
        if (!isElsewhere && !isWorthRetrying(error)) throw asHoldfastError(error, node.address)
        if (isElsewhere) this.#learnFrom(error.value, node.address)
        if (isElsewhere && this.owner(vbid) !== node) continue
        await patience.afterFailure(asHoldfastError(error, node.address), signal)
        await this.refresh(signal)
      }
    }
  }

  close(): void {
    for (const link of this.#links.values()) link.close()
    this.#links.clear()
  }

  /** A node may send its map with the refusal, or not. */
  #learnFrom(value: Uint8Array, asked: NodeAddress): void {
    if (value.length === 0) return
    this.#learn(decodeBucketConfig(value, { asked, isSecure: this.isSecure }), value)
  }

  #learn(config: BucketConfig, bytes: Uint8Array): void {
    if (compareRevisions(config.revision, this.#config.revision) <= 0) return
    this.#config = config
    this.#configBytes = bytes
  }
}

async function askConfig(
  link: NodeLink,
  { tls }: LoginOptions,
  signal: AbortSignal,
): Promise<{ readonly config: BucketConfig; readonly bytes: Uint8Array }> {
  const connection = await link.control(signal)
  const { value } = await connection.request({ opcode: opcode.getClusterConfig }, signal)
  return { config: decodeBucketConfig(value, { asked: link.address, isSecure: tls !== undefined }), bytes: value }
}
