import { IconKeyOff } from '@tabler/icons-react'
import { t } from '../../i18n/translate.ts'
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
            title={keyId === undefined ? t('repositories.noKey') : t('repositories.keyNotHere')}
          >
            {keyId === undefined ? t('repositories.noKeyText') : t('repositories.keyNotHereText')}
          </EmptyState>
        )
      }}
    </QueryView>
  )
}
