import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import { type Figure, Figures } from '../../ui/Figures.tsx'
import { formatBytes, formatCount, formatCounted, formatDay, formatPercent } from '../../ui/format.ts'
import { savedShare } from '../../ui/repository-words.ts'
import { useForecasts } from '../../ui/use-forecasts.ts'
import { useNow } from '../../ui/use-now.ts'

/** Only what is known: a figure nobody has measured is not shown. */
export function RepositoryFigures({ state }: { readonly state: RepositoryState }) {
  const now = useNow()
  const { usage, lastVerify } = state
  const forecast = useForecasts([state.repository.id]).get(state.repository.id)
  const saved = savedShare(state)
  const figures: Figure[] = []
  if (usage !== undefined) {
    figures.push({
      label: 'Used',
      value: formatBytes(usage.usedBytes),
      note:
        usage.totalBytes > 0
          ? `${formatPercent(usage.usedBytes / usage.totalBytes)} of ${formatBytes(usage.totalBytes)}`
          : 'no limit known',
    })
  }
  figures.push({
    label: 'Snapshots',
    value: formatCount(state.snapshots),
    note: `${formatCounted(state.groups, 'group')}, ${formatCount(state.protectedSnapshots)} protected`,
  })
  if (saved !== undefined && usage?.logicalBytes !== undefined) {
    figures.push({ label: 'Saved', value: formatPercent(saved), note: `instead of ${formatBytes(usage.logicalBytes)}` })
  }
  if (forecast !== undefined) {
    figures.push({
      label: 'Growth',
      value: formatBytes(Math.max(0, forecast.bytesPerWeek)),
      note: 'a week, last 12 weeks',
    })
  }
  figures.push(
    lastVerify === undefined
      ? { label: 'Verified', value: 'Never', note: 'press Verify now' }
      : {
          label: 'Verified',
          value: formatDay(lastVerify.at, now),
          note: `${formatCounted(lastVerify.checkedSnapshots, 'snapshot')}, ${formatCount(lastVerify.corruptChunks)} damaged`,
        },
  )
  return <Figures figures={figures} />
}
