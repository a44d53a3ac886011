import { PageHeader } from '../../ui/PageHeader.tsx'

export function OverviewView() {
  return <PageHeader title="Overview" />
}
