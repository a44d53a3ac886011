import { Button } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconCalendarRepeat, IconDatabase, IconFolder, IconHistory, IconPlayerPlay } from '@tabler/icons-react'
import type { ComponentType, ReactNode } from 'react'
import type { FolderMeasurement } from '../../../src-shared/contract/folders.ts'
import type { PlanDraft } from '../../../src-shared/model/plan.ts'
import { sourcePaths } from '../../../src-shared/model/source.ts'
import { t } from '../../i18n/translate.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { CopyCommand } from '../../ui/CopyCommand.tsx'
import { formatBytes, formatCounted, formatMoment } from '../../ui/format.ts'
import { sourceIcons } from '../../ui/kind-icons.ts'
import { useNow } from '../../ui/use-now.ts'
import { joinNames, lastComponent } from '../../ui/words.ts'
import { checkDraft, isToBeMade } from './draft.ts'
import { effectiveKeyId } from './effective-key.ts'
import { keepPicture, reachWords } from './keep-picture.ts'
import { scheduleWords } from './schedule-words.ts'
import { sourceForm } from './source-kinds.tsx'

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
    <aside className="hf-card hf-summary" aria-label={t('plans.summary')}>
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
          {t('common.backUpNow')}
        </Button>
        <Button fullWidth disabled={isBusy} onClick={() => onSave(false)}>
          {t('plans.saveWithoutRunning')}
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
  const form = sourceForm(draft.source)
  if (form !== undefined) {
    return (
      <Say icon={sourceIcons[draft.source.kind]} title={form.words?.title ?? t('plans.nothingYet')}>
        {form.words?.text ?? t('plans.chooseWhat')}
      </Say>
    )
  }
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
          ? t('plans.noFolderYet')
          : isCounting
            ? t('plans.countedSoFar', { files: formatCounted(sum('files'), 'file') })
            : t('plans.sizeIn', { bytes: formatBytes(sum('bytes')), files: formatCounted(sum('files'), 'file') })
      }
    >
      {paths.length === 0
        ? t('plans.chooseWhat')
        : out > 0
          ? t('plans.fromNamesWithout', { names, bytes: formatBytes(out) })
          : t('plans.fromNames', { names })}
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
      title={
        names.length > 0
          ? t('plans.toNames', { names: joinNames(names) })
          : isFirst
            ? t('plans.toThisComputer')
            : t('plans.nowhereYet')
      }
    >
      {names.length === 0 && !isFirst
        ? t('plans.chooseWhere')
        : effectiveKeyId(draft, repositories) === undefined
          ? t('plans.notEncryptedText')
          : draft.options.cryptMode === 'sign-only'
            ? t('keys.signedOnly')
            : t('plans.encryptedFirst')}
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
    <Say icon={IconCalendarRepeat} title={scheduleWords(schedule)}>
      {first === undefined ? t('plans.waitsForYou') : t('plans.nextAt', { when: formatMoment(first, now) })}
    </Say>
  )
}

function Keep({ draft }: Pick<SummaryProps, 'draft'>) {
  const now = useNow()
  const retention = draft.destinations[0]?.retention ?? {}
  const picture = keepPicture(draft.schedule, retention, now)
  if (Object.keys(retention).length === 0) {
    return (
      <Say icon={IconHistory} title={t('plans.everythingKept')}>
        {t('plans.noneRemoved')}
      </Say>
    )
  }
  return (
    <Say
      icon={IconHistory}
      title={picture === undefined ? t('plans.keptByRules') : t('plans.backAsFar', { reach: reachWords(picture) })}
    >
      {picture === undefined ? t('plans.dependsOnRuns') : t('plans.yearFromNowCount', { count: picture.kept.length })}
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
