import { Button } from '@mantine/core'
import { IconBug } from '@tabler/icons-react'
import { useRouteError } from 'react-router'
import { EmptyState } from '../ui/EmptyState.tsx'

/** A bug in one screen takes down that screen only. */
export function RouteFailure() {
  const error = useRouteError()
  return (
    <EmptyState
      icon={IconBug}
      title="This screen could not be shown."
      actions={<Button onClick={() => window.location.reload()}>Load again</Button>}
    >
      Backups are not affected: they run outside of this window.
      <span className="hf-mono" style={{ display: 'block', marginTop: 8 }}>
        {error instanceof Error ? error.message : String(error)}
      </span>
    </EmptyState>
  )
}
