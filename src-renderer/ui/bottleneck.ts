/** A stage must lead so long before the label moves to it, so that it does not flicker. */
const HOLD_MS = 5000
/** Below this no stage holds the others up. */
const BUSY = 0.7

export interface StageBusy {
  readonly name: string
  readonly busy: number
}

export interface Bottleneck {
  readonly shown: string | undefined
  readonly candidate: string | undefined
  readonly since: number
}

export const noBottleneck: Bottleneck = { shown: undefined, candidate: undefined, since: 0 }

/** Takes the latest measurement into account. The first bottleneck shows at once, another one after five seconds. */
export function nextBottleneck(before: Bottleneck, stages: readonly StageBusy[], now: number): Bottleneck {
  const busiest = stages.reduce<StageBusy | undefined>(
    (most, each) => (most === undefined || each.busy > most.busy ? each : most),
    undefined,
  )
  const candidate = busiest !== undefined && busiest.busy >= BUSY ? busiest.name : undefined
  if (candidate === before.shown) return { shown: before.shown, candidate, since: now }
  if (before.shown === undefined && before.since === 0) return { shown: candidate, candidate, since: now }
  if (candidate !== before.candidate) return { shown: before.shown, candidate, since: now }
  return now - before.since >= HOLD_MS ? { shown: candidate, candidate, since: now } : before
}
