import { IconBroadcastOff } from '@tabler/icons-react'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'

/** What this computer offers to others. Honest: the contract has no service yet, so there is none to switch on. */
export function ServicesView() {
  return (
    <div className="hf-page">
      <PageHeader title="Services" />
      <EmptyState icon={IconBroadcastOff} title="No service can be offered yet on this computer.">
        Holdfast listens to nobody. When a service can be switched on here, this page says in one sentence what it
        exposes before you do.
      </EmptyState>
    </div>
  )
}
