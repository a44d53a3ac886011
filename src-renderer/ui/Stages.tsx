import { IconHourglass } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import type { JobProgress } from '../../src-shared/model/job.ts'
import { nextBottleneck, noBottleneck } from './bottleneck.ts'
import { formatPercent, formatRate } from './format.ts'
import { Meter } from './Meter.tsx'
import { capitalise } from './words.ts'

type Stage = JobProgress['stages'][number]

/** Why a stage can be the slowest, in words. */
const causes: Record<Stage['name'], string> = {
  read: 'held by the speed of the source disk',
  chunk: 'held by the processor',
  hash: 'held by the processor',
  compress: 'held by the processor',
  encrypt: 'held by the processor',
  write: 'held by the repository',
}

/** The pipeline side by side: how busy each stage is, how fast it could be alone, and which one holds up the rest. */
export function Stages({ stages }: { readonly stages: readonly Stage[] }) {
  const [bottleneck, setBottleneck] = useState(noBottleneck)
  useEffect(() => setBottleneck((before) => nextBottleneck(before, stages, Date.now())), [stages])
  return (
    <ul className="hf-card hf-stages" aria-label="Stages">
      {stages.map((stage) => {
        const isSlowest = stage.name === bottleneck.shown
        return (
          <li key={stage.name} className="hf-stage" data-bottleneck={isSlowest || undefined}>
            <div className="hf-stage-name">
              <span className="hf-med">{capitalise(stage.name)}</span>
              {isSlowest ? (
                <span className="hf-status hf-warn">
                  <IconHourglass size={14} stroke={2} aria-hidden />
                  Bottleneck
                </span>
              ) : (
                <span className="hf-num hf-3">{formatPercent(stage.busy)}</span>
              )}
            </div>
            <Meter
              value={stage.busy}
              tone={isSlowest ? 'warn' : 'neutral'}
              label={`${capitalise(stage.name)} is busy ${formatPercent(stage.busy)} of the time`}
            />
            <div className="hf-xs hf-3 hf-num hf-ell" style={{ marginTop: 8 }}>
              {isSlowest ? causes[stage.name] : formatRate(stage.bytesPerSecond)}
            </div>
          </li>
        )
      })}
    </ul>
  )
}
