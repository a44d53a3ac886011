import { ActionIcon, Select, Tooltip } from '@mantine/core'
import { IconArrowsLeftRight, IconDeviceDesktop, IconHistory } from '@tabler/icons-react'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { shortPointWords, snapshotAt } from '../../ui/snapshot-words.ts'
import { useNow } from '../../ui/use-now.ts'

export interface ComparePointsProps {
  /** Newest first. */
  readonly snapshots: readonly Snapshot[]
  readonly from: string
  /** Id of a snapshot, or `disk`. */
  readonly to: string
  readonly onChange: (from: string, to: string) => void
}

/** The two points in time. The right one may be the disk as it is now. */
export function ComparePoints({ snapshots, from, to, onChange }: ComparePointsProps) {
  const now = useNow()
  const points = snapshots.map((snapshot) => ({
    value: String(snapshot.id),
    label: snapshot.protected
      ? t('compare.protected', { when: shortPointWords(snapshotAt(snapshot), now) })
      : shortPointWords(snapshotAt(snapshot), now),
  }))
  const history = <IconHistory size={16} stroke={1.75} aria-hidden />
  return (
    <div className="hf-row hf-compare-points">
      <Select
        aria-label={t('compare.leftSide')}
        w={272}
        searchable
        limit={200}
        leftSection={history}
        data={points}
        value={from}
        onChange={(value) => value !== null && onChange(value, to)}
      />
      <Tooltip label={to === 'disk' ? t('compare.diskOnRight') : t('compare.swap')}>
        <ActionIcon
          aria-label={t('compare.swap')}
          aria-disabled={to === 'disk'}
          {...(to === 'disk' ? { 'data-disabled': true } : {})}
          onClick={() => to !== 'disk' && onChange(to, from)}
        >
          <IconArrowsLeftRight size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Select
        aria-label={t('compare.rightSide')}
        w={240}
        searchable
        limit={200}
        leftSection={to === 'disk' ? <IconDeviceDesktop size={16} stroke={1.75} aria-hidden /> : history}
        data={[{ value: 'disk', label: t('common.onDiskNow') }, ...points]}
        value={to}
        onChange={(value) => value !== null && onChange(from, value)}
      />
    </div>
  )
}
