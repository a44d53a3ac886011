import { PageHeader } from '../../ui/PageHeader.tsx'

export function JobsView() {
  return <PageHeader title="Activity" />
}
