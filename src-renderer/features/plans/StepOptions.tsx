import { Button, NumberInput, Select, Switch, TextInput } from '@mantine/core'
import type { PlanDraft } from '../../../src-shared/model/plan.ts'
import { t } from '../../i18n/translate.ts'
import { joinArguments, splitArguments } from './arguments.ts'
import { BandwidthHours } from './BandwidthHours.tsx'
import { StepFrame, type StepProps } from './StepFrame.tsx'
import { WriteLimits } from './WriteLimits.tsx'

const modes = [
  { value: 'metadata', label: 'plans.readChanged' },
  { value: 'data', label: 'plans.readAll' },
  { value: 'legacy', label: 'plans.oneArchive' },
] as const

export function StepOptions({ draft, change, problem }: StepProps) {
  const { options, retry, hooks, source } = draft
  // Of a disk every block is looked at, and a server says itself what it has to give.
  const findsChanges = source.kind === 'folders' || source.kind === 'couchbase'
  const set = (part: Partial<PlanDraft['options']>) => change({ options: { ...options, ...part } })
  const setHook = (name: 'before' | 'after', text: string) => {
    const { [name]: _, ...rest } = hooks
    const words = splitArguments(text)
    change({ hooks: words.length === 0 ? rest : { ...rest, [name]: words } })
  }
  const reset = () =>
    change({
      options: { ...options, mode: 'metadata', compress: true, verifyAfter: false, bandwidth: undefined },
      retry: { attempts: 3, firstDelayMinutes: 5 },
      hooks: {},
      destinations: draft.destinations.map(({ writeLimitBytesPerSecond: _, ...rest }) => rest),
    })
  return (
    <StepFrame
      id="options"
      number={5}
      title={t('plans.options')}
      problem={problem}
      actions={
        <Button size="compact-md" variant="subtle" color="gray" onClick={reset}>
          {t('plans.resetToDefaults')}
        </Button>
      }
    >
      <div className="hf-options">
        {findsChanges && (
          <Select
            label={t('plans.findingChanges')}
            data={modes.map(({ value, label }) => ({ value, label: t(label) }))}
            value={options.mode}
            onChange={(mode) => set({ mode: (mode ?? 'metadata') as PlanDraft['options']['mode'] })} // one of `modes`
          />
        )}
        <Select
          label={t('plans.retry')}
          data={[0, 1, 3, 5, 10].map((n) => ({
            value: String(n),
            label: n === 0 ? t('plans.notAtAll') : t('plans.upToTimes', { count: n }),
          }))}
          value={String(retry.attempts)}
          onChange={(attempts) => change({ retry: { ...retry, attempts: Number(attempts ?? 3) } })}
        />
        <NumberInput
          label={t('plans.firstRetry')}
          min={1}
          max={1440}
          disabled={retry.attempts === 0}
          value={retry.firstDelayMinutes}
          onChange={(n) => typeof n === 'number' && change({ retry: { ...retry, firstDelayMinutes: n } })}
        />
        <TextInput
          label={t('plans.runBefore')}
          placeholder={t('plans.nothing')}
          classNames={{ input: 'hf-mono' }}
          defaultValue={joinArguments(hooks.before ?? [])}
          onBlur={(event) => setHook('before', event.currentTarget.value)}
        />
        <TextInput
          label={t('plans.runAfter')}
          placeholder={t('plans.nothing')}
          classNames={{ input: 'hf-mono' }}
          defaultValue={joinArguments(hooks.after ?? [])}
          onBlur={(event) => setHook('after', event.currentTarget.value)}
        />
        <TextInput
          label={t('plans.groupName')}
          classNames={{ input: 'hf-mono' }}
          value={draft.backupId}
          onChange={(event) => change({ backupId: event.currentTarget.value })}
        />
        <div className="hf-options hf-option-switches">
          <Switch
            label={t('plans.compress')}
            checked={options.compress}
            onChange={(event) => set({ compress: event.currentTarget.checked })}
          />
          <Switch
            label={t('plans.verifyAfter')}
            checked={options.verifyAfter}
            onChange={(event) => set({ verifyAfter: event.currentTarget.checked })}
          />
          {source.kind === 'folders' && (
            <Switch
              label={t('plans.canaries')}
              description={t('plans.canariesHelp')}
              checked={options.canaries === true}
              onChange={(event) => set({ canaries: event.currentTarget.checked })}
            />
          )}
        </div>
        <BandwidthHours value={options.bandwidth} onChange={(bandwidth) => set({ bandwidth })} />
        <WriteLimits destinations={draft.destinations} onChange={(destinations) => change({ destinations })} />
      </div>
    </StepFrame>
  )
}
