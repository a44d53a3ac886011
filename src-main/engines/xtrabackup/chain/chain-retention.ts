/** What retention knows of a backup. */
export interface RetainedLink {
  /** Unix seconds; the name of a backup within its lineage. */
  readonly time: number
  /** Of an incremental: the time of what it builds on. */
  readonly baseTime: number | undefined
}

/**
 * Prune decisions that leave every chain whole: whatever a kept backup builds on is kept too, down to its full. Nothing
 * that was to be kept is let go, and nothing is kept that no kept backup needs.
 */
export function keepChains<Decision extends { readonly keep: boolean }>(
  decisions: readonly Decision[],
  linkOf: (decision: Decision) => RetainedLink,
): readonly (Decision & { readonly neededByLater: boolean })[] {
  const bases = new Map(decisions.map((decision) => [linkOf(decision).time, linkOf(decision).baseTime]))
  const needed = new Set<number>()
  for (const decision of decisions) {
    if (!decision.keep) continue
    // Stops at what is needed already: its own bases were added with it. So a circle ends as well.
    for (let base = linkOf(decision).baseTime; base !== undefined && !needed.has(base); base = bases.get(base))
      needed.add(base)
  }
  return decisions.map((decision) => {
    const neededByLater = !decision.keep && needed.has(linkOf(decision).time)
    return { ...decision, keep: decision.keep || neededByLater, neededByLater }
  })
}
