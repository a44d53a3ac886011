import { Treemap } from '@mantine/charts'
import { Button } from '@mantine/core'
import { useState } from 'react'
import type { SpaceReport } from '../../../src-shared/contract/space.ts'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { formatBytes, formatCounted, formatPercent } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { largestSource, spaceTiles } from './space-tiles.ts'

/** Whom the stored bytes belong to. Counted when somebody asks, since it reads every index. */
export function SpaceMap({ id }: { readonly id: RepositoryId }) {
  const [isWanted, setWanted] = useState(false)
  const report = useQuery(['space', id], (client, signal) => client.space.measure({ repositoryId: id }, { signal }), {
    enabled: isWanted,
    keep: true,
  })
  return (
    <section className="hf-card hf-sec" aria-labelledby="space">
      <div className="hf-section-head">
        <h2 id="space" className="hf-h4 hf-grow">
          {t('space.whatTakes')}
        </h2>
        <Button loading={isWanted && report.reading} onClick={() => (isWanted ? report.reload() : setWanted(true))}>
          {isWanted ? t('space.measureAgain') : t('space.measure')}
        </Button>
      </div>
      {isWanted ? (
        <QueryView query={report} onRetry={report.reload}>
          {(value) => <Owners report={value} />}
        </QueryView>
      ) : (
        <p className="hf-sm hf-2">{t('space.measureHelp')}</p>
      )}
    </section>
  )
}

function Owners({ report }: { readonly report: SpaceReport }) {
  const { storedBytes, logicalBytes, sharedBytes, lineages } = report
  const tiles = spaceTiles(report, { shared: t('space.shared'), others: t('common.more') })
  const largest = largestSource(report)
  return (
    <>
      <p style={{ marginBottom: 8 }}>
        {t('space.stored', { stored: formatBytes(storedBytes), logical: formatBytes(logicalBytes) })}{' '}
        {sharedBytes > 0 && t('space.sharedHelp', { bytes: formatBytes(sharedBytes) })}
      </p>
      {tiles.length > 0 && (
        <div role="img" aria-label={t('space.treemap')}>
          <Treemap
            data={tiles.map((tile) => ({ ...tile }))}
            height={180}
            valueFormatter={formatBytes}
            strokeColor="var(--hf-surface)"
            strokeWidth={2}
            autoContrast
            treemapProps={{ isAnimationActive: false }}
          />
        </div>
      )}
      <ul style={{ marginTop: 8 }}>
        {lineages.map(({ lineageId, title, snapshots, ownBytes }) => (
          <li key={lineageId} className="hf-row hf-between hf-sm hf-num" style={{ height: 24 }}>
            <span className="hf-ell hf-grow">{title}</span>
            <span className="hf-3">{formatCounted(snapshots, 'snapshot')}</span>
            <span style={{ width: 88, textAlign: 'right' }}>{formatBytes(ownBytes)}</span>
          </li>
        ))}
      </ul>
      {largest !== undefined && (
        <p className="hf-sm hf-2" style={{ marginTop: 8 }}>
          {t('space.suggestion', {
            name: largest.title,
            bytes: formatBytes(largest.ownBytes),
            percent: formatPercent(largest.ownBytes / storedBytes),
          })}
        </p>
      )}
    </>
  )
}
