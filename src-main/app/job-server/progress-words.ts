import type { JobProgress } from '../../../src-shared/model/job.ts'

const mebibyte = 1_048_576

/** Where a job stands, in one line for a terminal far away. No path: who watches need not know the names of files. */
export function progressWords({ phase, counts, doneBytes, totalBytes, bytesPerSecond }: JobProgress): string {
  const share = totalBytes === undefined || totalBytes === 0 ? undefined : Math.min(1, doneBytes / totalBytes)
  const parts = [
    share === undefined ? phase : `${phase} ${Math.floor(share * 100)} %`,
    `${counts.seen} entries`,
    `${(doneBytes / mebibyte).toFixed(1)} MiB`,
  ]
  if (bytesPerSecond > 0) parts.push(`${(bytesPerSecond / mebibyte).toFixed(1)} MiB/s`)
  return parts.join(', ')
}
