import { IconHourglass } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import type { JobProgress } from '../../src-shared/model/job.ts'
import { t, type WordKey } from '../i18n/translate.ts'
import { nextBottleneck, noBottleneck } from './bottleneck.ts'
import { formatPercent, formatRate } from './format.ts'
import { Meter } from './Meter.tsx'

type Stage = JobProgress['stages'][number]

/** Why a stage can be the slowest, in words. */
const causes: Record<Stage['name'], WordKey> = {
  read: 'ui.heldByDisk',
  chunk: 'ui.heldByProcessor',
  hash: 'ui.heldByProcessor',
  compress: 'ui.heldByProcessor',
  encrypt: 'ui.heldByProcessor',
  fetch: 'ui.heldByRepository',
  decode: 'ui.heldByProcessor',
  write: 'ui.heldByRepository',
}

/** What is fetched is written to a disk here, everything else to the repository. */
function causeOf(name: Stage['name'], stages: readonly Stage[]): WordKey {
  const isRestore = stages.some((stage) => stage.name === 'fetch')
  return name === 'write' && isRestore ? 'ui.heldByTarget' : causes[name]
}

/** The pipeline side by side: how busy each stage is, how fast it could be alone, and which one holds up the rest. */
export function Stages({ stages }: { readonly stages: readonly Stage[] }) {
  const [bottleneck, setBottleneck] = useState(noBottleneck)
  useEffect(() => setBottleneck((before) => nextBottleneck(before, stages, Date.now())), [stages])
  return (
    <ul className="hf-card hf-stages" aria-label={t('ui.stages')}>
      {stages.map((stage) => {
        const isSlowest = stage.name === bottleneck.shown
        return (
          <li key={stage.name} className="hf-stage" data-bottleneck={isSlowest || undefined}>
            <div className="hf-stage-name">
              <span className="hf-med">{t(`ui.stage_${stage.name}`)}</span>
              {isSlowest ? (
                <span className="hf-status hf-warn">
                  <IconHourglass size={14} stroke={2} aria-hidden />
                  {t('ui.bottleneck')}
                </span>
              ) : (
                <span className="hf-num hf-3">{formatPercent(stage.busy)}</span>
              )}
            </div>
            <Meter
              value={stage.busy}
              tone={isSlowest ? 'warn' : 'neutral'}
              label={t('ui.busy', { stage: t(`ui.stage_${stage.name}`), percent: formatPercent(stage.busy) })}
            />
            <div className="hf-xs hf-3 hf-num hf-ell" style={{ marginTop: 8 }}>
              {isSlowest ? t(causeOf(stage.name, stages)) : formatRate(stage.bytesPerSecond)}
            </div>
          </li>
        )
      })}
    </ul>
  )
}
