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
import { translateSaid } from '../i18n/said.ts'
import { t } from '../i18n/translate.ts'
import { runningJobs } from '../state/jobs.ts'
import { useJobs, useSharedValue } from '../state/use-app.tsx'
import { formatCounted, formatEta, formatMoment, formatPercent, formatRate } from '../ui/format.ts'
import { progressShare, progressWord } from '../ui/job-words.ts'
import { Meter } from '../ui/Meter.tsx'
import { ProgressRing } from '../ui/ProgressRing.tsx'
import { useNow } from '../ui/use-now.ts'

/** The foot of every screen: what runs now, how fast, how long, and what holds things back. */
export function ActivityBar() {
  const running = useJobs(useShallow((state) => runningJobs(state.byId.values())))
  const first = running[0]
  const to = first === undefined ? '/activity' : `/activity/${first.id}`
  return (
    <>
      <RunningNow />
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

function RunningNow() {
  const now = useNow()
  const running = useJobs(useShallow((state) => runningJobs(state.byId.values())))
  const pausedUntil = useSharedValue('pause')?.pausedUntil
  const job = running[0]
  if (job?.status.state === 'running') {
    const { progress } = job.status
    const share = progressShare(progress)
    const title = translateSaid(job.title)
    return (
      <>
        <ProgressRing share={share} label={t('common.running')} />
        <span className="hf-med hf-ell">{title}</span>
        {share === undefined ? (
          <span className="hf-num hf-2">
            {t('shell.countedSoFar', { files: formatCounted(progress.counts.seen, 'file') })}
          </span>
        ) : (
          <>
            <Meter
              value={share}
              width={160}
              label={t('shell.isDone', { name: title, percent: progressWord(progress) })}
            />
            <span className="hf-num hf-med">{progressWord(progress)}</span>
          </>
        )}
        {progress.bytesPerSecond > 0 && <span className="hf-num hf-2">{formatRate(progress.bytesPerSecond)}</span>}
        {progress.etaSeconds !== undefined && (
          <span className="hf-num hf-2 hf-ell">{t('shell.aboutLeft', { time: formatEta(progress.etaSeconds) })}</span>
        )}
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
