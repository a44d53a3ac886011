import { Button } from '@mantine/core'
import {
  IconBatteryEco,
  IconChevronUp,
  IconCircleCheck,
  IconClock,
  IconGauge,
  IconPlayerPause,
  IconPlugConnected,
} from '@tabler/icons-react'
import { Link } from 'react-router'
import { useShallow } from 'zustand/react/shallow'
import type { Job } from '../../src-shared/model/job.ts'
import { translateSaid } from '../i18n/said.ts'
import { t } from '../i18n/translate.ts'
import { runningJobs } from '../state/jobs.ts'
import { useJobs, useSharedValue } from '../state/use-app.tsx'
import { useProgress } from '../state/use-progress.ts'
import { formatCounted, formatEta, formatMoment, formatPercent, formatRate } from '../ui/format.ts'
import { JobMeter, JobRing, Live } from '../ui/job-progress.tsx'
import { progressShare, progressWord } from '../ui/job-words.ts'
import { useNow } from '../ui/use-now.ts'

/** The foot of every screen: what runs now, how fast, how long, and what holds things back. */
export function ActivityBar() {
  const running = useRunning()
  const first = running[0]
  const to = first === undefined ? '/activity' : `/activity/${first.id}`
  return (
    <>
      <RunningNow running={running} />
      <span className="hf-grow" />
      <NextRun isIdle={first === undefined} />
      <Conditions />
      <Button
        component={Link}
        to={to}
        variant="subtle"
        color="gray"
        size="compact-sm"
        aria-label={t('shell.showActivity')}
        leftSection={<IconChevronUp size={14} stroke={1.9} aria-hidden />}
      >
        {t('shell.show')}
      </Button>
    </>
  )
}

/** The jobs that run, drawn again when one begins or ends. */
function useRunning(): readonly Job[] {
  return useJobs(useShallow((state) => runningJobs(state.settled.values())))
}

function RunningNow({ running }: { readonly running: readonly Job[] }) {
  const now = useNow()
  const pausedUntil = useSharedValue('pause')?.pausedUntil
  const job = running[0]
  if (job !== undefined) {
    return (
      <>
        <JobRing job={job} />
        <span className="hf-med hf-ell">{translateSaid(job.title)}</span>
        <Progress job={job} />
        {running.length > 1 && <span className="hf-3">{t('shell.andMore', { n: running.length - 1 })}</span>}
      </>
    )
  }
  if (pausedUntil !== undefined && pausedUntil > now) {
    return (
      <span className="hf-status hf-2">
        <IconPlayerPause size={14} stroke={2} aria-hidden />
        {t('shell.allPausedUntil', { when: formatMoment(pausedUntil, now) })}
      </span>
    )
  }
  return (
    <span className="hf-status hf-2">
      <IconCircleCheck size={14} stroke={2} aria-hidden />
      {t('shell.nothingRunning')}
    </span>
  )
}

/** How far, how fast, how long. Only what says something else is drawn again. */
function Progress({ job }: { readonly job: Job }) {
  const word = useProgress(job, (progress) =>
    progressShare(progress) === undefined ? undefined : progressWord(progress),
  )
  const hasSpeed = useProgress(job, ({ bytesPerSecond }) => bytesPerSecond > 0) ?? false
  const hasEstimate = useProgress(job, ({ etaSeconds }) => etaSeconds !== undefined) ?? false
  return (
    <>
      {word === undefined ? (
        <span className="hf-num hf-2">
          <Live job={job}>
            {({ counts }) => t('shell.countedSoFar', { files: formatCounted(counts.seen, 'file') })}
          </Live>
        </span>
      ) : (
        <>
          <JobMeter
            job={job}
            width={160}
            label={t('shell.isDone', { name: translateSaid(job.title), percent: word })}
          />
          <span className="hf-num hf-med">{word}</span>
        </>
      )}
      {hasSpeed && (
        <span className="hf-num hf-2">
          <Live job={job} pace="calm">
            {({ bytesPerSecond }) => formatRate(bytesPerSecond)}
          </Live>
        </span>
      )}
      {hasEstimate && (
        <span className="hf-num hf-2 hf-ell">
          <Live job={job} pace="calm">
            {({ etaSeconds = 0 }) => t('shell.aboutLeft', { time: formatEta(etaSeconds) })}
          </Live>
        </span>
      )}
    </>
  )
}

function NextRun({ isIdle }: { readonly isIdle: boolean }) {
  const now = useNow()
  const plans = useSharedValue('plans') ?? []
  const next = plans
    .filter((state) => state.nextRunAt !== undefined && state.nextRunAt > now)
    .sort((a, b) => (a.nextRunAt ?? 0) - (b.nextRunAt ?? 0))[0]
  if (!isIdle || next?.nextRunAt === undefined) return null
  return (
    <span className="hf-row hf-2 hf-num hf-ell" style={{ gap: 4 }}>
      <IconClock size={14} aria-hidden />
      {t('shell.nextRun', { when: formatMoment(next.nextRunAt, now), name: next.plan.name })}
    </span>
  )
}

function Conditions() {
  const power = useSharedValue('power')
  const limit = useSharedValue('settings')?.readLimitBytesPerSecond
  return (
    <>
      {power !== undefined && (
        <span className="hf-row hf-3 hf-num" style={{ gap: 4 }}>
          {power.onBattery ? <IconBatteryEco size={14} aria-hidden /> : <IconPlugConnected size={14} aria-hidden />}
          {power.onBattery ? batteryWords(power.batteryPercent) : t('shell.mains')}
          {power.metered === true && t('shell.metered')}
        </span>
      )}
      {limit !== undefined && (
        <span className="hf-row hf-3 hf-num" style={{ gap: 4 }}>
          <IconGauge size={14} aria-hidden />
          {t('shell.readLimit', { rate: formatRate(limit) })}
        </span>
      )}
    </>
  )
}

function batteryWords(percent: number | undefined): string {
  if (percent === undefined) return t('shell.onBattery')
  return t('shell.onBatteryAt', { percent: formatPercent(percent / 100) })
}
