/** As many as the graph shows. */
const maximumPoints = 240

export interface ThroughputPoint {
  readonly at: number
  /** Bytes a second since the point before. */
  readonly read: number
  readonly stored: number
}

/** Speed over a run of any length in at most 240 points: when they are used up, neighbours melt and the step doubles. */
export class Throughput {
  #points: { at: number; doneBytes: number; storedBytes: number }[] = []
  #stepMs = 500

  add(at: number, doneBytes: number, storedBytes: number): void {
    const last = this.#points.at(-1)
    if (last !== undefined && at - last.at < this.#stepMs) return
    this.#points.push({ at, doneBytes, storedBytes })
    if (this.#points.length <= maximumPoints) return
    this.#points = this.#points.filter((_, index) => index % 2 === 0)
    this.#stepMs *= 2
  }

  points(): ThroughputPoint[] {
    return this.#points.slice(1).map((point, index) => {
      const before = this.#points[index] ?? point
      const seconds = Math.max(0.001, (point.at - before.at) / 1000)
      return {
        at: point.at,
        read: Math.max(0, Math.round((point.doneBytes - before.doneBytes) / seconds)),
        stored: Math.max(0, Math.round((point.storedBytes - before.storedBytes) / seconds)),
      }
    })
  }
}
