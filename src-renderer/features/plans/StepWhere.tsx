import { Button, Checkbox, Select } from '@mantine/core'
import { IconCircleCheck, IconKey, IconPlugConnected, IconPlus } from '@tabler/icons-react'
import { Trans } from 'react-i18next'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import { t } from '../../i18n/translate.ts'
import { useApp, useShared, useSharedValue } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { addRepository } from '../../ui/AddRepository.tsx'
import { formatDate } from '../../ui/format.ts'
import { KeySelect } from '../../ui/KeySelect.tsx'
import { repositoryIcons } from '../../ui/kind-icons.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { showRecoverySheet } from '../../ui/recovery-sheet.tsx'
import { useNow } from '../../ui/use-now.ts'
import { Verdict } from '../../ui/Verdict.tsx'
import { destinationTo, TO_BE_MADE } from './draft.ts'
import { effectiveKeyId } from './effective-key.ts'
import { StepFrame, type StepProps } from './StepFrame.tsx'

/** One repository or several, each with the verdict of a look at it, and the key that encrypts. */
export function StepWhere({ draft, change, problem }: StepProps) {
  const app = useApp()
  const repositories = useShared('repositories')
  const dataDirectory = useSharedValue('info')?.dataDirectory ?? t('plans.dataFolder')
  const toggle = (state: RepositoryState) => {
    const without = draft.destinations.filter((each) => each.repositoryId !== state.repository.id)
    const isChosen = without.length < draft.destinations.length
    change({ destinations: isChosen ? without : [...without, destinationTo(state)] })
  }
  const add = () =>
    addRepository((repository) => {
      app.repositories.reload()
      const retention = draft.destinations[0]?.retention ?? { last: 6, daily: 14, weekly: 8, monthly: 12 }
      change({
        destinations: [
          ...draft.destinations.filter((each) => each.repositoryId !== TO_BE_MADE),
          { repositoryId: repository.id, namespace: '', retention },
        ],
      })
    })
  return (
    <StepFrame
      id="where"
      number={2}
      title={t('plans.where')}
      problem={problem}
      actions={
        <>
          <Button
            size="compact-md"
            variant="subtle"
            color="gray"
            leftSection={<IconPlugConnected size={16} stroke={1.75} aria-hidden />}
            onClick={app.repositories.reload}
          >
            {t('plans.testAgain')}
          </Button>
          <Button size="compact-md" leftSection={<IconPlus size={16} stroke={1.75} aria-hidden />} onClick={add}>
            {t('plans.newRepository')}
          </Button>
        </>
      }
    >
      <QueryView query={repositories} onRetry={app.repositories.reload}>
        {(states) => (
          <>
            {states.length === 0 && (
              <p className="hf-2">
                <Trans
                  i18nKey="plans.firstRepository"
                  components={{ path: <span className="hf-mono">{dataDirectory}</span> }}
                />
              </p>
            )}
            {states.map((state) => (
              <Destination
                key={state.repository.id}
                state={state}
                isChosen={draft.destinations.some((each) => each.repositoryId === state.repository.id)}
                onToggle={() => toggle(state)}
              />
            ))}
          </>
        )}
      </QueryView>
      <Encryption draft={draft} change={change} />
    </StepFrame>
  )
}

interface DestinationProps {
  readonly state: RepositoryState
  readonly isChosen: boolean
  readonly onToggle: () => void
}

function Destination({ state: { repository }, isChosen, onToggle }: DestinationProps) {
  const Icon = repositoryIcons[repository.kind]
  const test = useQuery(
    ['test', repository.address],
    (client, signal) => client.repositories.test({ address: repository.address }, { signal }),
    { areas: ['repositories'], keep: true },
  )
  return (
    <div className="hf-destination">
      <Checkbox aria-label={t('plans.backUpTo', { name: repository.name })} checked={isChosen} onChange={onToggle} />
      <Icon size={16} stroke={1.75} className="hf-3" aria-hidden />
      <span className="hf-med hf-ell" style={{ width: 136, flex: 'none' }} title={repository.name}>
        {repository.name}
      </span>
      <span className="hf-grow" role="status">
        {test.state === 'ready' && <Verdict verdict={test.value} isWhole />}
        {test.state === 'failed' && <span className="hf-sm hf-warn">{test.failure.message}</span>}
        {test.state === 'loading' && <span className="hf-sm hf-3 hf-late">{t('common.looking')}</span>}
      </span>
      <span className="hf-sm hf-3">{t(`ui.repository_${repository.kind}`)}</span>
    </div>
  )
}

function Encryption({ draft, change }: Pick<StepProps, 'draft' | 'change'>) {
  const now = useNow()
  const keys = useSharedValue('keys') ?? []
  const { options } = draft
  const keyId = effectiveKeyId(draft, useSharedValue('repositories') ?? [])
  const key = keys.find((each) => each.id === keyId)
  const { keyId: _, ...withoutKey } = options
  const choose = (chosen: typeof options.keyId) =>
    change({
      options:
        chosen === undefined
          ? { ...withoutKey, cryptMode: 'none' }
          : { ...options, cryptMode: 'encrypt', keyId: chosen },
    })
  return (
    <div className="hf-destination">
      <IconKey size={16} stroke={1.75} className="hf-3" aria-hidden />
      <span>{t('plans.encryption')}</span>
      <KeySelect
        keyId={key?.id}
        suggestedName={draft.name === '' ? 'main' : draft.name}
        width={220}
        onChange={choose}
      />
      {key !== undefined && (
        <>
          <Select
            w={140}
            aria-label={t('keys.cryptMode')}
            allowDeselect={false}
            data={(['encrypt', 'sign-only'] as const).map((mode) => ({ value: mode, label: t(`keys.crypt_${mode}`) }))}
            value={options.cryptMode === 'sign-only' ? 'sign-only' : 'encrypt'}
            onChange={(mode) =>
              change({
                options: { ...options, keyId: key.id, cryptMode: mode === 'sign-only' ? 'sign-only' : 'encrypt' },
              })
            }
          />
          <span className="hf-mono hf-3 hf-ell hf-grow">{key.fingerprint}</span>
          {key.sheetSavedAt === undefined ? (
            <Button size="compact-sm" onClick={() => showRecoverySheet(key)}>
              {t('common.saveRecoverySheet')}
            </Button>
          ) : (
            <span className="hf-status hf-sm hf-ok">
              <IconCircleCheck size={14} stroke={2} aria-hidden />
              <span className="hf-2">{t('plans.sheetSaved', { date: formatDate(key.sheetSavedAt, now) })}</span>
            </span>
          )}
        </>
      )}
    </div>
  )
}
