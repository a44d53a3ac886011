import { PageHeader } from '../../ui/PageHeader.tsx'

export function SettingsView() {
  return <PageHeader title="Settings" />
}
