import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import { t } from '../../i18n/translate.ts'
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
      label: t('repositories.used'),
      value: formatBytes(usage.usedBytes),
      note:
        usage.totalBytes > 0
          ? t('repositories.shareOf', {
              percent: formatPercent(usage.usedBytes / usage.totalBytes),
              bytes: formatBytes(usage.totalBytes),
            })
          : t('repositories.noLimitKnown'),
    })
  }
  figures.push({
    label: t('common.snapshots'),
    value: formatCount(state.snapshots),
    note: t('repositories.groupsProtected', {
      groups: formatCounted(state.groups, 'group'),
      n: formatCount(state.protectedSnapshots),
    }),
  })
  if (saved !== undefined && usage?.logicalBytes !== undefined) {
    figures.push({
      label: t('repositories.saved'),
      value: formatPercent(saved),
      note: t('repositories.insteadOf', { bytes: formatBytes(usage.logicalBytes) }),
    })
  }
  if (forecast !== undefined) {
    figures.push({
      label: t('repositories.growth'),
      value: formatBytes(Math.max(0, forecast.bytesPerWeek)),
      note: t('repositories.aWeek'),
    })
  }
  figures.push(
    lastVerify === undefined
      ? { label: t('repositories.verified'), value: t('repositories.never'), note: t('repositories.pressVerify') }
      : {
          label: t('repositories.verified'),
          value: formatDay(lastVerify.at, now),
          note: t('repositories.verifiedNote', {
            snapshots: formatCounted(lastVerify.checkedSnapshots, 'snapshot'),
            n: formatCount(lastVerify.corruptChunks),
          }),
        },
  )
  return <Figures figures={figures} />
}
