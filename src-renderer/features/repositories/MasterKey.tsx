import { Button } from '@mantine/core'
import { IconCertificate, IconLifebuoy } from '@tabler/icons-react'
import type { Repository } from '../../../src-shared/model/repository.ts'
import { t } from '../../i18n/translate.ts'
import { useApp } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { confirm } from '../../ui/confirm.tsx'
import { giveMasterKey } from './GiveMasterKey.tsx'
import { makeMasterKey } from './NewMasterKey.tsx'
import { recoverKeys } from './RecoverKeys.tsx'

/** The master key of a repository: what opens its snapshots when their own key is lost. */
export function MasterKey({ repository }: { readonly repository: Repository }) {
  const { client } = useApp()
  const { id, name, masterKey } = repository
  const remove = useCommand(async () => {
    const sure = await confirm({
      title: t('repositories.removeMaster', { name }),
      children: t('repositories.removeMasterText'),
      confirm: t('repositories.removeMasterOne'),
    })
    if (sure) await client.masterKeys.use({ repositoryId: id })
  })
  return (
    <section className="hf-card hf-sec" aria-labelledby="master-key">
      <div className="hf-section-head" style={{ marginBottom: 8 }}>
        <h2 id="master-key" className="hf-h4 hf-grow">
          {t('repositories.masterKey')}
        </h2>
        {masterKey === undefined ? (
          <>
            <Button onClick={() => giveMasterKey(repository)}>{t('repositories.useMaster')}</Button>
            <Button onClick={() => makeMasterKey(repository)}>{t('repositories.makeMaster')}</Button>
          </>
        ) : (
          <Button loading={remove.busy} onClick={() => remove.run()}>
            {t('repositories.removeMasterOne')}
          </Button>
        )}
      </div>
      {masterKey === undefined ? (
        <p className="hf-2">{t('repositories.masterText')}</p>
      ) : (
        <div className="hf-row" style={{ gap: 12 }}>
          <IconCertificate size={16} stroke={1.75} className="hf-3" aria-hidden />
          <div className="hf-grow">
            <div className="hf-mono" style={{ overflowWrap: 'anywhere' }}>
              {masterKey.fingerprint}
            </div>
            <div className="hf-sm hf-2">{t('repositories.masterFacts', { bits: masterKey.bits })}</div>
          </div>
        </div>
      )}
      <div className="hf-maintenance" style={{ marginTop: 12 }}>
        <IconLifebuoy size={16} stroke={1.75} className="hf-3" aria-hidden />
        <span className="hf-2">{t('repositories.recoverText')}</span>
        <Button onClick={() => recoverKeys(repository)}>{t('repositories.recover')}</Button>
      </div>
    </section>
  )
}
