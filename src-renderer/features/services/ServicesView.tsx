import { PageHeader } from '../../ui/PageHeader.tsx'

export function ServicesView() {
  return <PageHeader title="Services" />
}
