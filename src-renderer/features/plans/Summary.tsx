import { Button } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconCalendarRepeat, IconDatabase, IconFolder, IconHistory, IconPlayerPlay } from '@tabler/icons-react'
import type { ComponentType, ReactNode } from 'react'
import type { FolderMeasurement } from '../../../src-shared/contract/folders.ts'
import type { PlanDraft } from '../../../src-shared/model/plan.ts'
import { sourcePaths } from '../../../src-shared/model/source.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { CopyCommand } from '../../ui/CopyCommand.tsx'
import { formatBytes, formatCount, formatCounted, formatMoment } from '../../ui/format.ts'
import { useNow } from '../../ui/use-now.ts'
import { joinNames, lastComponent } from '../../ui/words.ts'
import { checkDraft, isToBeMade } from './draft.ts'
import { keepPicture, reachWords } from './keep-picture.ts'

export interface SummaryProps {
  readonly draft: PlanDraft
  readonly measured: ReadonlyMap<string, FolderMeasurement>
  readonly problems: readonly string[]
  readonly isBusy: boolean
  readonly onSave: (andRun: boolean) => void
}

/** The plan in sentences, beside what makes it, and the two ways to finish. */
export function Summary({ draft, measured, problems, isBusy, onSave }: SummaryProps) {
  const isComplete = checkDraft(draft).size === 0
  const [settled] = useDebouncedValue(draft, 400)
  const command = useQuery(
    ['command', JSON.stringify(settled)],
    (client, signal) => client.plans.asCommand(settled, { signal }),
    { enabled: isComplete && !isToBeMade(settled), keep: true },
  )
  return (
    <aside className="hf-card hf-summary" aria-label="Summary">
      <What draft={draft} measured={measured} />
      <Where draft={draft} />
      <When draft={draft} />
      <Keep draft={draft} />
      <div className="hf-summary-foot">
        {problems.length > 0 && (
          <ul className="hf-sm hf-bad" role="alert">
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        )}
        <Button
          variant="filled"
          fullWidth
          loading={isBusy}
          leftSection={<IconPlayerPlay size={16} stroke={1.75} aria-hidden />}
          onClick={() => onSave(true)}
        >
          Back up now
        </Button>
        <Button fullWidth disabled={isBusy} onClick={() => onSave(false)}>
          Save without running
        </Button>
      </div>
      {isComplete && command.state === 'ready' && (
        <div className="hf-summary-foot">
          <CopyCommand command={command.value} />
        </div>
      )}
    </aside>
  )
}

function What({ draft, measured }: Pick<SummaryProps, 'draft' | 'measured'>) {
  const paths = sourcePaths(draft.source)
  const events = paths.flatMap((path) => measured.get(path) ?? [])
  const sum = (field: 'bytes' | 'files' | 'excludedBytes') => events.reduce((total, each) => total + each[field], 0)
  const isCounting = events.length < paths.length || events.some((each) => !each.done)
  const names = joinNames(paths.length === 1 ? [...paths] : paths.map(lastComponent))
  const out = sum('excludedBytes')
  return (
    <Say
      icon={IconFolder}
      title={
        paths.length === 0
          ? 'No folder yet'
          : isCounting
            ? `Counted ${formatCounted(sum('files'), 'file')} so far`
            : `${formatBytes(sum('bytes'))} in ${formatCounted(sum('files'), 'file')}`
      }
    >
      {paths.length === 0
        ? 'Choose what to protect.'
        : `From ${names}${out > 0 ? `, leaving out ${formatBytes(out)}` : ''}.`}
    </Say>
  )
}

function Where({ draft }: Pick<SummaryProps, 'draft'>) {
  const repositories = useSharedValue('repositories') ?? []
  const isFirst = isToBeMade(draft)
  const names = draft.destinations.flatMap(
    ({ repositoryId }) => repositories.find((each) => each.repository.id === repositoryId)?.repository.name ?? [],
  )
  return (
    <Say
      icon={IconDatabase}
      title={names.length > 0 ? `To ${joinNames(names)}` : isFirst ? 'To this computer' : 'Nowhere yet'}
    >
      {names.length === 0 && !isFirst
        ? 'Choose where the snapshots go.'
        : draft.options.cryptMode === 'encrypt'
          ? 'Encrypted before it leaves this computer.'
          : 'Not encrypted: whoever can read the repository can read the files.'}
    </Say>
  )
}

function When({ draft }: Pick<SummaryProps, 'draft'>) {
  const now = useNow()
  const [schedule] = useDebouncedValue(draft.schedule, 250)
  const next = useQuery(
    ['next-run', JSON.stringify(schedule)],
    (client, signal) => client.plans.nextRuns({ schedule, count: 1 }, { signal }),
    { keep: true },
  )
  if (next.state !== 'ready') return null
  const first = next.value.runs[0]
  return (
    <Say icon={IconCalendarRepeat} title={next.value.words}>
      {first === undefined ? 'It waits for you.' : `Next ${formatMoment(first, now)}.`}
    </Say>
  )
}

function Keep({ draft }: Pick<SummaryProps, 'draft'>) {
  const now = useNow()
  const retention = draft.destinations[0]?.retention ?? {}
  const picture = keepPicture(draft.schedule, retention, now)
  if (Object.keys(retention).length === 0) {
    return (
      <Say icon={IconHistory} title="Everything is kept">
        No snapshot is ever removed.
      </Say>
    )
  }
  return (
    <Say
      icon={IconHistory}
      title={picture === undefined ? 'Kept by your rules' : `Back as far as ${reachWords(picture)}`}
    >
      {picture === undefined
        ? 'How many depends on how often you run it.'
        : `${formatCount(picture.kept.length)} snapshots a year from now.`}
    </Say>
  )
}

interface SayProps {
  readonly icon: ComponentType<{ size: number; stroke: number; 'aria-hidden': boolean }>
  readonly title: string
  readonly children: ReactNode
}

function Say({ icon: Icon, title, children }: SayProps) {
  return (
    <div className="hf-say">
      <Icon size={16} stroke={1.75} aria-hidden />
      <div>
        <p className="hf-strong hf-num" style={{ overflowWrap: 'anywhere' }}>
          {title}
        </p>
        <p className="hf-2 hf-num" style={{ overflowWrap: 'anywhere' }}>
          {children}
        </p>
      </div>
    </div>
  )
}
