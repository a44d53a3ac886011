import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import {
  type GetJobStreamResponse_Terminal_Event as TerminalEvent,
  GetJobStreamResponse_Terminal_EventSchema as TerminalEventSchema,
} from '../generated/server_pb.js'
import { ChangeSignal } from '../wire/change-signal.ts'

export interface OutputLimits {
  /** Events kept per job; the oldest go first. */
  readonly events: number
  readonly bytes: number
}

/** Far above upstream's 5,248 events: a slow listener of a long job still gets all of it. */
export const defaultOutputLimits: OutputLimits = { events: 200_000, bytes: 64 * 1024 * 1024 }

/** Upstream's batches. */
export const batchEvents = 64
/** A batch must fit a message of 4 MiB. */
const batchBytes = 1024 * 1024
/** One event of this size would not fit a message together with what surrounds it. */
const longestEventBytes = 2 * 1024 * 1024
/** The newest events, decoded once for all listeners that keep up. */
const tailEvents = 256
const tailBytes = 1024 * 1024

const outputRow = z.object({ at: z.number(), message: z.instanceof(Uint8Array) })
const bounds = z.object({ first: z.number().nullable(), last: z.number().nullable(), bytes: z.number().nullable() })

export interface OutputBatch {
  /** The number of the first event; events are counted from 0 over the life of the job. */
  readonly first: number
  readonly events: readonly TerminalEvent[]
}

interface TailEntry {
  readonly event: TerminalEvent
  readonly size: number
}

/**
 * What a job printed (section 10.1): a ring on disk that keeps the newest events, with a decoded tail in memory. Any number of
 * readers, each a position: a reader that fell behind the ring goes on at its oldest event.
 */
export class OutputBuffer {
  readonly #jobId: string
  readonly #limits: OutputLimits
  readonly #statements: OutputStatements
  readonly #changes = new ChangeSignal()
  #first: number
  #next: number
  #bytes: number
  #tail: TailEntry[] = []
  #tailBytes = 0
  #isClosed = false

  constructor(statements: OutputStatements, jobId: string, limits: OutputLimits) {
    this.#statements = statements
    this.#jobId = jobId
    this.#limits = limits
    const { first, last, bytes } = bounds.parse(statements.bounds.get(jobId))
    this.#first = first ?? 0
    this.#next = last === null ? 0 : last + 1
    this.#bytes = bytes ?? 0
  }

  /** The number that the next event will have. */
  get next(): number {
    return this.#next
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Stored before any reader sees it. After `close` nothing happens. */
  write(events: readonly TerminalEvent[]): void {
    if (this.#isClosed || events.length === 0) return
    const entries = events.map((event) => encodeEvent(event))
    this.#statements.transaction(() => {
      for (const [i, { bytes }] of entries.entries()) this.#statements.insert.run(this.#jobId, this.#next + i, bytes)
    })
    this.#next += entries.length
    for (const { event, bytes } of entries) {
      this.#bytes += bytes.length
      this.#tailBytes += bytes.length
      this.#tail.push({ event, size: bytes.length })
    }
    while (this.#tail.length > 1 && (this.#tail.length > tailEvents || this.#tailBytes > tailBytes)) {
      this.#tailBytes -= this.#tail.shift()?.size ?? 0
    }
    this.#trim()
    this.#changes.notify()
  }

  /** `history`: how many of the events that are there a reader gets; all of them when it is not said. */
  reader(history = Number.POSITIVE_INFINITY): OutputReader {
    return new OutputReader(this, Math.max(this.#first, this.#next - history))
  }

  /** Up to `limit` events from `from` on; empty when there is none yet. */
  read(from: number, limit = batchEvents): OutputBatch {
    const first = Math.max(from, this.#first)
    const tailFirst = this.#next - this.#tail.length
    if (first >= tailFirst) return { first, events: this.#readTail(first - tailFirst, limit) }
    const rows = this.#statements.read.all(this.#jobId, first, Math.min(limit, tailFirst - first))
    return { first, events: takeBatch(rows.map(decodeRow)) }
  }

  /** Wakes all readers; they still get what is there. May be called twice. */
  close(): void {
    this.#isClosed = true
    this.#changes.notify()
  }

  get version(): number {
    return this.#changes.version
  }

  changed(version: number, signal: AbortSignal): Promise<void> {
    return this.#changes.changed(version, signal)
  }

  #readTail(at: number, limit: number): TerminalEvent[] {
    return takeBatch(this.#tail.slice(at, at + limit))
  }

  #trim(): void {
    while (this.#next - this.#first > this.#limits.events || this.#bytes > this.#limits.bytes) {
      const excess = Math.max(1, this.#next - this.#first - this.#limits.events)
      const end = this.#first + excess
      const size = Number(this.#statements.sizeBefore.get(this.#jobId, end) ?? 0)
      this.#statements.dropBefore.run(this.#jobId, end)
      this.#bytes -= size
      this.#first = end
    }
    while (this.#tail.length > this.#next - this.#first) this.#tailBytes -= this.#tail.shift()?.size ?? 0
  }
}

export class OutputReader {
  readonly #buffer: OutputBuffer
  readonly #closing = new AbortController()
  #at: number

  constructor(buffer: OutputBuffer, at: number) {
    this.#buffer = buffer
    this.#at = at
  }

  /** What is there, without waiting. */
  readNow(limit = batchEvents): OutputBatch {
    const batch = this.#buffer.read(this.#at, limit)
    this.#at = batch.first + batch.events.length
    return batch
  }

  /** Waits for the next events. Empty when the buffer or this reader was closed, or the signal aborted. */
  async read(limit: number, signal: AbortSignal): Promise<OutputBatch> {
    const either = AbortSignal.any([signal, this.#closing.signal])
    for (;;) {
      const version = this.#buffer.version
      const batch = this.readNow(limit)
      if (batch.events.length > 0 || this.#buffer.isClosed || either.aborted) return batch
      await this.#buffer.changed(version, either).catch(() => undefined)
    }
  }

  /** May be called twice. */
  close(): void {
    this.#closing.abort()
  }
}

export type OutputStatements = ReturnType<typeof prepareOutput>

/** Prepared once for all jobs. */
export function prepareOutput(db: Database) {
  return {
    insert: db.prepare('INSERT INTO job_output (job_id, at, message) VALUES (?, ?, ?)'),
    read: db.prepare('SELECT at, message FROM job_output WHERE job_id = ? AND at >= ? ORDER BY at LIMIT ?'),
    bounds: db.prepare(
      'SELECT min(at) AS first, max(at) AS last, sum(length(message)) AS bytes FROM job_output WHERE job_id = ?',
    ),
    sizeBefore: db.prepare('SELECT sum(length(message)) FROM job_output WHERE job_id = ? AND at < ?').pluck(),
    dropBefore: db.prepare('DELETE FROM job_output WHERE job_id = ? AND at < ?'),
    transaction: (work: () => void): void => db.transaction(work)(),
  }
}

function encodeEvent(event: TerminalEvent): { event: TerminalEvent; bytes: Uint8Array } {
  const bytes = toBinary(TerminalEventSchema, event)
  if (bytes.length <= longestEventBytes) return { event, bytes }
  const instead = create(TerminalEventSchema, {
    event: { case: 'line', value: { msg: `(an output of ${bytes.length} bytes was left out)`, style: 'warning' } },
  })
  return { event: instead, bytes: toBinary(TerminalEventSchema, instead) }
}

function decodeRow(row: unknown): TailEntry {
  const { message } = outputRow.parse(row)
  return { event: fromBinary(TerminalEventSchema, message), size: message.length }
}

/** As many as fit a message; at least one. */
function takeBatch(entries: readonly TailEntry[]): TerminalEvent[] {
  const events: TerminalEvent[] = []
  let bytes = 0
  for (const { event, size } of entries) {
    bytes += size
    if (events.length > 0 && bytes > batchBytes) break
    events.push(event)
  }
  return events
}
