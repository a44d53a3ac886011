import { PageHeader } from '../../ui/PageHeader.tsx'

export function PlansView() {
  return <PageHeader title="Plans" />
}
