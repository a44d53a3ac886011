import { Button, TextInput } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { IconPencil } from '@tabler/icons-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { FolderMeasurement } from '../../../src-shared/contract/folders.ts'
import type { Client } from '../../../src-shared/contract/index.ts'
import { backupIdOf } from '../../../src-shared/model/backup-id.ts'
import type { PlanDraft } from '../../../src-shared/model/plan.ts'
import { ownSecretId, type PlanSource } from '../../../src-shared/model/source.ts'
import { t } from '../../i18n/translate.ts'
import { useClient, useSharedValue } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { checkDraft, type DraftStep, isToBeMade, TO_BE_MADE } from './draft.ts'
import type { StepProps } from './StepFrame.tsx'
import { StepKeep } from './StepKeep.tsx'
import { StepOptions } from './StepOptions.tsx'
import { StepWhat } from './StepWhat.tsx'
import { StepWhen } from './StepWhen.tsx'
import { StepWhere } from './StepWhere.tsx'
import { Summary } from './Summary.tsx'
import { sourceForm } from './source-kinds.tsx'

/** Five steps on one page with a summary at the side that says the plan in sentences. */
export function PlanEditor({ initial }: { readonly initial: PlanDraft }) {
  const client = useClient()
  const navigate = useNavigate()
  const computer = useSharedValue('info')?.computer ?? ''
  const [draft, setDraft] = useState(initial)
  const [secrets, setSecrets] = useState<Readonly<Record<string, string>>>({})
  const [isTried, setTried] = useState(false)
  const [measured, setMeasured] = useState<ReadonlyMap<string, FolderMeasurement>>(new Map())
  const isNew = draft.id === undefined
  const title = isNew
    ? t(sourceForm(draft.source)?.heading ?? 'common.protectFolder')
    : t('plans.editThis', { name: initial.name })
  useDocumentTitle(t('ui.pageTitle', { title }))

  const problems = checkDraft(draft)
  const shown = (step: DraftStep) => (isTried ? problems.get(step) : undefined)
  const change = (part: Partial<PlanDraft>) => setDraft((before) => ({ ...before, ...part }))
  const save = useCommand(async (andRun: boolean) => {
    const made = isToBeMade(draft) ? (await client.repositories.ensureDefault()).id : undefined
    const destinations = draft.destinations.map((each) =>
      made !== undefined && each.repositoryId === TO_BE_MADE ? { ...each, repositoryId: made } : each,
    )
    const source = await withSecrets(client, draft.source, secrets)
    // Also where saving the plan fails, the passwords are in the safe by now, and not asked for again.
    setSecrets({})
    change({ source })
    const plan = await client.plans.save({ ...draft, source, destinations })
    if (!andRun) return void navigate(`/plans/${plan.id}`)
    const [job] = await client.plans.run({ id: plan.id })
    await navigate(job === undefined ? `/plans/${plan.id}` : `/activity/${job.id}`)
  })
  const submit = (andRun: boolean) => {
    setTried(true)
    const first = problems.keys().next().value
    if (first === undefined) return void save.run(andRun)
    document.getElementById(`step-${first}`)?.scrollIntoView({ block: 'nearest' })
  }
  const changeSecrets = (part: typeof secrets) => setSecrets((before) => ({ ...before, ...part }))
  const step = (name: DraftStep): StepProps => ({ draft, change, problem: shown(name), secrets, changeSecrets })

  return (
    <div className="hf-page">
      <div className="hf-page-header" id="step-name">
        <h1 className="hf-h2 hf-ell" tabIndex={-1}>
          {title}
        </h1>
        <TextInput
          w={240}
          aria-label={t('plans.nameOfPlan')}
          placeholder={t('plans.nameOfPlan')}
          rightSection={<IconPencil size={16} stroke={1.75} aria-hidden />}
          maxLength={100}
          value={draft.name}
          error={shown('name')}
          onChange={({ currentTarget: { value } }) =>
            change(isNew ? { name: value, backupId: backupIdOf(computer, value) } : { name: value })
          }
        />
        <span className="hf-grow" />
        <Button variant="subtle" color="gray" onClick={() => navigate(-1)}>
          {t('plans.discard')}
        </Button>
      </div>
      <div className="hf-scroll">
        <div className="hf-editor">
          <div className="hf-steps">
            <StepWhat
              {...step('what')}
              onMeasured={(event) => setMeasured((before) => new Map(before).set(event.path, event))}
            />
            <StepWhere {...step('where')} />
            <StepWhen {...step('when')} />
            <StepKeep {...step('keep')} />
            <StepOptions {...step('options')} />
          </div>
          <Summary
            draft={draft}
            measured={measured}
            problems={isTried ? [...problems.values()] : []}
            isBusy={save.busy}
            onSave={submit}
          />
        </div>
      </div>
    </div>
  )
}

/** Passwords go into the safe first, and the plan says where they are; a field left empty keeps what is there. */
async function withSecrets(
  client: Client,
  source: PlanSource,
  typed: Readonly<Record<string, string>>,
): Promise<PlanSource> {
  const fields = Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== ''))
  const hasNone = source.kind === 'folders' || source.kind === 'image' || source.kind === 'job-server'
  if (hasNone || Object.keys(fields).length === 0) return source
  const id = ownSecretId(source)
  const { id: secretId } = await client.secrets.put({ ...(id === undefined ? {} : { id }), fields })
  return { ...source, secretId }
}
