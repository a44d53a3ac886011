import { IconKeyOff } from '@tabler/icons-react'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import { t } from '../../i18n/translate.ts'
import { useApp, useShared } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { KeyRow } from '../../ui/KeyRow.tsx'
import { KeySelect } from '../../ui/KeySelect.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { MasterKey } from './MasterKey.tsx'

/** What new backups to a repository are encrypted with, and what helps when that key is lost. */
export function RepositoryKey({ state: { repository, capabilities } }: { readonly state: RepositoryState }) {
  if (!capabilities.includes('encryption')) {
    return (
      <EmptyState icon={IconKeyOff} title={t('repositories.noEncryption')}>
        {t('repositories.noEncryptionText')}
      </EmptyState>
    )
  }
  return (
    <div className="hf-repo-body">
      <OwnKey repository={repository} />
      <MasterKey repository={repository} />
    </div>
  )
}

function OwnKey({ repository: { id, name, keyId } }: { readonly repository: RepositoryState['repository'] }) {
  const app = useApp()
  const keys = useShared('keys')
  const use = useCommand((chosen: typeof keyId) =>
    app.client.repositories.setKey(chosen === undefined ? { id } : { id, keyId: chosen }),
  )
  return (
    <section className="hf-card hf-sec" aria-labelledby="own-key">
      <div className="hf-section-head" style={{ marginBottom: 8 }}>
        <h2 id="own-key" className="hf-h4 hf-grow">
          {t('repositories.keyOfNew')}
        </h2>
        <KeySelect keyId={keyId} suggestedName={name} width={240} onChange={(chosen) => void use.run(chosen)} />
      </div>
      <QueryView query={keys} onRetry={app.keys.reload}>
        {(all) => {
          const key = all.find((each) => each.id === keyId)
          if (key !== undefined) return <KeyRow encryptionKey={key} />
          return (
            <p className="hf-2">
              {keyId === undefined
                ? t('repositories.noKeyText')
                : `${t('repositories.keyNotHere')} ${t('repositories.keyNotHereText')}`}
            </p>
          )
        }}
      </QueryView>
    </section>
  )
}
