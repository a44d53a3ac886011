/** Growth is judged over so many weeks; less than two weeks of history says nothing. */
const WEEKS = 12
const WEEK_MS = 7 * 24 * 3_600_000

export interface UsagePoint {
  readonly at: number
  readonly usedBytes: number
  readonly totalBytes: number
}

export interface Forecast {
  readonly bytesPerWeek: number
  /** When the repository will be full at this pace; absent when it does not grow or its size is unknown. */
  readonly fullAt: number | undefined
}

/**
 * Median of the growth between neighbouring measurements of the last twelve weeks: a prune or one large import does not
 * bend it. `undefined` when there is too little history.
 */
export function forecastUsage(history: readonly UsagePoint[], now: number): Forecast | undefined {
  const recent = history.filter((point) => point.at >= now - WEEKS * WEEK_MS).sort((a, b) => a.at - b.at)
  const first = recent[0]
  const last = recent.at(-1)
  if (first === undefined || last === undefined || last.at - first.at < 2 * WEEK_MS) return undefined
  const rates: number[] = []
  for (let i = 1; i < recent.length; i++) {
    const before = recent[i - 1]
    const after = recent[i]
    if (before === undefined || after === undefined || after.at <= before.at) continue
    rates.push(((after.usedBytes - before.usedBytes) / (after.at - before.at)) * WEEK_MS)
  }
  const bytesPerWeek = median(rates)
  const left = last.totalBytes - last.usedBytes
  const fullAt =
    bytesPerWeek > 0 && last.totalBytes > 0 ? last.at + (Math.max(0, left) / bytesPerWeek) * WEEK_MS : undefined
  return { bytesPerWeek, fullAt }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
