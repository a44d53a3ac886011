import { IconKeyOff } from '@tabler/icons-react'
import { useApp, useShared } from '../../state/use-app.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { KeyRow } from '../../ui/KeyRow.tsx'
import { QueryView } from '../../ui/QueryView.tsx'

/** The key new backups to a repository are encrypted with, unless the plan says otherwise. */
export function RepositoryKey({ keyId }: { readonly keyId: string | undefined }) {
  const app = useApp()
  const keys = useShared('keys')
  return (
    <QueryView query={keys} onRetry={app.keys.reload}>
      {(all) => {
        const key = all.find((each) => each.id === keyId)
        if (key !== undefined) {
          return (
            <div className="hf-repo-body">
              <div className="hf-card">
                <KeyRow encryptionKey={key} />
              </div>
            </div>
          )
        }
        return (
          <EmptyState
            icon={IconKeyOff}
            title={keyId === undefined ? 'This repository has no key of its own.' : 'Its key is not on this computer.'}
          >
            {keyId === undefined
              ? 'Whether snapshots are encrypted is chosen in each plan.'
              : 'Bring it back from its recovery sheet in Settings, Security.'}
          </EmptyState>
        )
      }}
    </QueryView>
  )
}
