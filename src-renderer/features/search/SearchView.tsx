import { IconSearch } from '@tabler/icons-react'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'

export function SearchView() {
  return (
    <div className="hf-page">
      <PageHeader title="Search" />
      <EmptyState icon={IconSearch} title="There are no snapshots yet.">
        They appear here after the first backup, or after you connect a repository that has some.
      </EmptyState>
    </div>
  )
}
