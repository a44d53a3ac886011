import { PageHeader } from '../../ui/PageHeader.tsx'

export function RepositoriesView() {
  return <PageHeader title="Repositories" />
}
