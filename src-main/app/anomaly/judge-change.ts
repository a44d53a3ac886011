/** What changed between two snapshots, as far as it can tell good days from bad ones. */
export interface ObservedChange {
  /** Files before the change. */
  readonly filesBefore: number
  readonly added: number
  readonly changed: number
  readonly removed: number
  /** Share of the files that each earlier run touched, 0…1; newest first. */
  readonly usualShares: readonly number[]
  /** New content before and after compression. */
  readonly newBytes: number
  readonly storedBytes: number
  /** Whether contents are compressed at all. */
  readonly isCompressed: boolean
  /** The most frequent ending among added and changed files, and how many had it before. */
  readonly ending: { readonly text: string; readonly files: number; readonly before: number } | undefined
}

/** Fewer files than this change on any ordinary day. */
const manyFiles = 50
/** Of all files, touched by one run; no more than this many times what is usual for the plan. */
const massShare = 0.4
const massFactor = 5
/** Random data does not shrink. Photos and films do not either, so this alone says nothing. */
const entropyRatio = 0.98
const entropyBytes = 4 * 1024 * 1024
const entropyShare = 0.1
/** Of what is new, with one ending that hardly anything had. */
const burstShare = 0.6
const burstBefore = 0.02

/**
 * Looks for what ransomware and wiping leave behind: most files rewritten or gone at once, contents that no longer compress,
 * a new ending on everything. Returns a sentence for each sign; none is the ordinary case.
 */
export function judgeChange(change: ObservedChange): string[] {
  const { filesBefore, added, changed, removed } = change
  const touched = changed + removed
  if (filesBefore < manyFiles || touched < manyFiles) return []
  const share = touched / filesBefore
  const sentences: string[] = []
  const usual = median(change.usualShares)
  if (share >= massShare && share >= usual * massFactor) {
    sentences.push(
      `${percent(share)} of the files were changed or removed since the last backup; usual are ${percent(usual)}.`,
    )
  }
  const { newBytes, storedBytes, isCompressed, ending } = change
  if (isCompressed && share >= entropyShare && newBytes >= entropyBytes && storedBytes / newBytes >= entropyRatio) {
    sentences.push('The new contents cannot be compressed, as encrypted files cannot.')
  }
  if (
    ending !== undefined &&
    ending.files >= manyFiles &&
    ending.files >= (added + changed) * burstShare &&
    ending.before <= filesBefore * burstBefore &&
    removed >= ending.files / 2
  ) {
    sentences.push(`${ending.files} files now end in ${ending.text}, which ${ending.before} did before.`)
  }
  return sentences
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
