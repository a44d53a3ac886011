import { PageHeader } from '../../ui/PageHeader.tsx'

export function PlanEditorView() {
  return <PageHeader title="Plan" />
}
