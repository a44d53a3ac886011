import './restore.css'
import { Button, Stepper } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { IconHistory } from '@tabler/icons-react'
import { useState } from 'react'
import type { LineageId, SnapshotId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { useRestoreActions } from '../../state/restore-draft.ts'
import { useApp, useShared } from '../../state/use-app.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { ChooseEntries } from './ChooseEntries.tsx'
import { ChooseMoment } from './ChooseMoment.tsx'
import { ChooseSource } from './ChooseSource.tsx'

/** One question at a time: whose files, of when, which; then the panel says what would happen, and restores. */
export function GuidedRestore() {
  useDocumentTitle(t('guided.title'))
  const app = useApp()
  const lineages = useShared('lineages')
  return (
    <div className="hf-page">
      <PageHeader title={t('guided.heading')} sub={<span>{t('guided.help')}</span>} />
      <QueryView query={lineages} onRetry={app.lineages.reload}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon={IconHistory} title={t('common.noSnapshotsYet')}>
              {t('common.snapshotsAppear')}
            </EmptyState>
          ) : (
            <Steps />
          )
        }
      </QueryView>
    </div>
  )
}

function Steps() {
  const restore = useRestoreActions()
  const [step, setStep] = useState(0)
  const [lineageId, setLineage] = useState<LineageId>()
  const [snapshotId, setSnapshot] = useState<SnapshotId>()
  const [paths, setPaths] = useState<readonly string[]>([])
  const isAnswered = [lineageId !== undefined, snapshotId !== undefined, paths.length > 0][step] ?? false
  const next = () => {
    if (step === 2 && lineageId !== undefined && snapshotId !== undefined) {
      restore.open({ lineageId, snapshotId, paths })
    }
    setStep(step + 1)
  }
  return (
    <div className="hf-guided">
      <Stepper active={step} onStepClick={setStep} allowNextStepsSelect={false} size="sm">
        <Stepper.Step label={t('guided.whose')}>
          <ChooseSource
            value={lineageId}
            onChange={(id) => {
              if (id === lineageId) return
              setLineage(id)
              setSnapshot(undefined)
              setPaths([])
            }}
          />
        </Stepper.Step>
        <Stepper.Step label={t('guided.when')}>
          {lineageId !== undefined && (
            <ChooseMoment
              lineageId={lineageId}
              value={snapshotId}
              onChange={(id) => {
                if (id === snapshotId) return
                setSnapshot(id)
                setPaths([])
              }}
            />
          )}
        </Stepper.Step>
        <Stepper.Step label={t('guided.what')}>
          {snapshotId !== undefined && <ChooseEntries snapshotId={snapshotId} value={paths} onChange={setPaths} />}
        </Stepper.Step>
        <Stepper.Step label={t('guided.check')}>
          <p className="hf-2" role="status">
            {t('guided.checkHelp')}
          </p>
        </Stepper.Step>
      </Stepper>
      <div className="hf-row" style={{ marginTop: 16 }}>
        {step > 0 && <Button onClick={() => setStep(step - 1)}>{t('guided.back')}</Button>}
        {step < 3 && (
          <Button variant="filled" disabled={!isAnswered} onClick={next}>
            {step === 2 ? t('guided.look') : t('guided.next')}
          </Button>
        )}
      </div>
    </div>
  )
}
