import { Skeleton } from '@mantine/core'
import { t } from '../../i18n/translate.ts'
import { SkeletonRows } from '../../ui/Skeletons.tsx'

/** Keeps the places of the head, the time and the explorer while they are being read. */
export function SnapshotsSkeleton() {
  return (
    <div className="hf-page hf-late" role="status" aria-label={t('common.loading')}>
      <div className="hf-page-header">
        <Skeleton h={20} w={180} />
      </div>
      <div className="hf-time">
        <Skeleton h={120} w={340} />
        <Skeleton h={80} style={{ alignSelf: 'center' }} />
      </div>
      <SkeletonRows rows={12} />
    </div>
  )
}
