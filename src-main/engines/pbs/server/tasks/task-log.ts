import type { Clock } from '../clock.ts'

export interface LogLine {
  /** From 1. */
  readonly n: number
  readonly t: string
}

/** A verification of a large store with much damage writes long logs; beyond this the middle is left out. */
const MAX_LINES = 20_000
const MAX_LINE_LENGTH = 4096

/** The lines of a task: RFC 3339 time, colon, message (spec pbs §8.8). */
export class TaskLog {
  readonly #clock: Clock
  readonly #lines: string[] = []
  #leftOut = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get total(): number {
    return this.#lines.length
  }

  /** Each line of the message becomes one of the log. */
  add(message: string): void {
    for (const line of message.split('\n')) this.#append(line.slice(0, MAX_LINE_LENGTH))
  }

  /** Lines from number `start` on, at most `limit`, all of them for 0. 0 and 1 are both the first. */
  page(start: number, limit: number): readonly LogLine[] {
    const from = Math.max(start, 1) - 1
    const lines = limit === 0 ? this.#lines.slice(from) : this.#lines.slice(from, from + limit)
    return lines.map((t, position) => ({ n: from + position + 1, t }))
  }

  text(): string {
    return this.#lines.map((line) => `${line}\n`).join('')
  }

  #append(line: string): void {
    const isLast = line.startsWith('TASK ')
    if (this.#lines.length >= MAX_LINES && !isLast) {
      this.#leftOut++
      return
    }
    if (isLast && this.#leftOut > 0) this.#push(`${this.#leftOut} lines were left out`)
    this.#push(line)
  }

  #push(line: string): void {
    const time = `${new Date(this.#clock.now()).toISOString().slice(0, 19)}Z`
    this.#lines.push(`${time}: ${line}`)
  }
}
