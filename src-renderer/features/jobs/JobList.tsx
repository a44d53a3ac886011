import { ActionIcon, Button, Indicator, Popover, Select, TextInput } from '@mantine/core'
import { IconFilter, IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { type Job, type JobKind, jobKinds } from '../../../src-shared/model/job.ts'
import { t, type WordKey } from '../../i18n/translate.ts'
import { finishedJobs, runningJobs, waitingJobs } from '../../state/jobs.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import type { LiveQuery } from '../../state/use-query.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { SkeletonRows } from '../../ui/Skeletons.tsx'
import { useNow } from '../../ui/use-now.ts'
import { JobRow } from './JobRow.tsx'
import { groupByDay, isFiltering, type JobFilter, matches, noFilter, type StateFilter } from './job-filter.ts'
import { WaitingJobs } from './WaitingJobs.tsx'

export interface JobListProps {
  readonly jobs: readonly Job[]
  readonly query: LiveQuery<readonly Job[]>
  readonly chosen: string | undefined
  readonly onMore: (() => void) | undefined
}

export function JobList({ jobs, query, chosen, onMore }: JobListProps) {
  const now = useNow()
  const [filter, setFilter] = useState<JobFilter>(noFilter)
  const [isSearching, setSearching] = useState(false)
  const shown = jobs.filter((job) => matches(job, filter))
  const running = runningJobs(shown)
  const waiting = waitingJobs(shown)
  const days = groupByDay(finishedJobs(shown), now)
  const rows = (list: readonly Job[]) =>
    list.map((job) => <JobRow key={job.id} job={job} isChosen={job.id === chosen} />)

  return (
    <section className="hf-jobs" aria-label={t('jobs.jobs')}>
      <div className="hf-pane-head">
        <h2 className="hf-h2 hf-grow">{t('common.activity')}</h2>
        <FilterMenu filter={filter} onChange={setFilter} />
        <ActionIcon aria-label={t('jobs.search')} aria-pressed={isSearching} onClick={() => setSearching(!isSearching)}>
          <IconSearch size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      </div>
      {isSearching && (
        <TextInput
          autoFocus
          mx="md"
          mb="xs"
          aria-label={t('jobs.searchByName')}
          placeholder={t('jobs.searchHint')}
          value={filter.text}
          onChange={(event) => setFilter({ ...filter, text: event.currentTarget.value })}
        />
      )}
      <div className="hf-scroll" style={{ paddingBottom: 16 }}>
        {query.state === 'failed' && <ErrorState failure={query.failure} onRetry={query.reload} />}
        {query.state === 'loading' && jobs.length === 0 && <SkeletonRows height={44} />}
        {running.length > 0 && <h3 className="hf-list-group">{t('common.running')}</h3>}
        {rows(running)}
        {waiting.length > 0 && <WaitingJobs jobs={waiting} chosen={chosen} />}
        {days.map((day) => (
          <section key={day.head} aria-label={day.head}>
            <h3 className="hf-list-group">{day.head}</h3>
            {rows(day.jobs)}
          </section>
        ))}
        {query.state === 'ready' && shown.length === 0 && (
          <p className="hf-2" style={{ padding: '8px 16px' }}>
            {isFiltering(filter) ? t('jobs.noneFits') : t('jobs.nothingYet')}
          </p>
        )}
        {onMore !== undefined && (
          <Button variant="subtle" color="gray" mx="xs" mt="xs" loading={query.reading} onClick={onMore}>
            {t('jobs.showOlder')}
          </Button>
        )}
      </div>
    </section>
  )
}

const states: readonly { readonly value: StateFilter; readonly label: WordKey }[] = [
  { value: 'any', label: 'jobs.anyState' },
  { value: 'good', label: 'jobs.good' },
  { value: 'trouble', label: 'jobs.notGood' },
]

interface FilterMenuProps {
  readonly filter: JobFilter
  readonly onChange: (filter: JobFilter) => void
}

function FilterMenu({ filter, onChange }: FilterMenuProps) {
  const plans = useSharedValue('plans') ?? []
  const kinds = jobKinds.map((value) => ({ value, label: t(`ui.job_${value}`) }))
  return (
    <Popover position="bottom-start" shadow="md" width={240} trapFocus returnFocus>
      <Indicator disabled={!isFiltering({ ...filter, text: '' })} size={8} offset={6}>
        <Popover.Target>
          <ActionIcon aria-label={t('jobs.filter')}>
            <IconFilter size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown style={{ display: 'flex', flexDirection: 'column', gap: 12 }}>
        <Select
          label={t('jobs.plan')}
          clearable
          placeholder={t('jobs.anyPlan')}
          data={plans.map(({ plan }) => ({ value: plan.id, label: plan.name }))}
          value={filter.planId ?? null}
          onChange={(planId) => onChange({ ...filter, planId: planId ?? undefined })}
          comboboxProps={{ withinPortal: false }}
        />
        <Select
          label={t('jobs.kind')}
          clearable
          placeholder={t('jobs.anyKind')}
          data={kinds}
          value={filter.kind ?? null}
          onChange={(kind) => onChange({ ...filter, kind: (kind ?? undefined) as JobKind | undefined })} // one of `kinds`
          comboboxProps={{ withinPortal: false }}
        />
        <Select
          label={t('jobs.state')}
          data={states.map(({ value, label }) => ({ value, label: t(label) }))}
          value={filter.state}
          onChange={(state) => onChange({ ...filter, state: (state ?? 'any') as StateFilter })} // one of `states`
          comboboxProps={{ withinPortal: false }}
        />
        <Button variant="subtle" color="gray" onClick={() => onChange(noFilter)}>
          {t('jobs.clear')}
        </Button>
      </Popover.Dropdown>
    </Popover>
  )
}
