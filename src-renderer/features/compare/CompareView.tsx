import { IconArrowsDiff } from '@tabler/icons-react'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'

export function CompareView() {
  return (
    <div className="hf-page">
      <PageHeader title="Compare" />
      <EmptyState icon={IconArrowsDiff} title="There are no snapshots yet.">
        They appear here after the first backup, or after you connect a repository that has some.
      </EmptyState>
    </div>
  )
}
