import { Button } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { useState } from 'react'
import type { SpaceReport } from '../../../src-shared/contract/space.ts'
import type { LineageId, RepositoryId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { type LiveQuery, useQuery } from '../../state/use-query.ts'
import { formatBytes, formatCounted, formatPercent } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { TreeMap } from '../../ui/TreeMap.tsx'
import { SourceSpace } from './SourceSpace.tsx'
import { largestSource, spaceTiles } from './space-tiles.ts'

export interface SpaceMapProps {
  readonly id: RepositoryId
  /** Whether it can tell what only one source refers to. What sources consist of is known of every repository. */
  readonly isMeasurable: boolean
}

interface Source {
  readonly id: LineageId
  readonly title: string
}

/** Whom the bytes belong to: sources first, then the folders of one of them. */
export function SpaceMap({ id, isMeasurable }: SpaceMapProps) {
  const [source, setSource] = useState<Source>()
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
        {isMeasurable && source === undefined && (
          <Button loading={isWanted && report.reading} onClick={() => (isWanted ? report.reload() : setWanted(true))}>
            {isWanted ? t('space.measureAgain') : t('space.measure')}
          </Button>
        )}
      </div>
      {source !== undefined ? (
        <SourceSpace key={source.id} lineageId={source.id} title={source.title} onLeave={() => setSource(undefined)} />
      ) : isWanted ? (
        <Measured report={report} onOpen={setSource} />
      ) : (
        <Unmeasured repositoryId={id} isMeasurable={isMeasurable} onOpen={setSource} />
      )}
    </section>
  )
}

interface OnOpen {
  readonly onOpen: (source: Source) => void
}

function Unmeasured({
  repositoryId,
  isMeasurable,
  onOpen,
}: Omit<SpaceMapProps, 'id'> & OnOpen & { readonly repositoryId: RepositoryId }) {
  const lineages = useQuery(['lineages'], (client, signal) => client.snapshots.lineages(undefined, { signal }), {
    areas: ['snapshots'],
  })
  return (
    <>
      <p className="hf-sm hf-2">
        {isMeasurable && `${t('space.measureHelp')} `}
        {t('space.foldersHelp')}
      </p>
      {lineages.state === 'ready' && (
        <Sources sources={lineages.value.filter((lineage) => lineage.repositoryId === repositoryId)} onOpen={onOpen} />
      )}
    </>
  )
}

function Measured({ report, onOpen }: { readonly report: LiveQuery<SpaceReport> } & OnOpen) {
  return (
    <QueryView query={report} onRetry={report.reload}>
      {(value) => <Owners report={value} onOpen={onOpen} />}
    </QueryView>
  )
}

function Owners({ report, onOpen }: { readonly report: SpaceReport } & OnOpen) {
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
        <TreeMap
          label={t('space.treemap')}
          tiles={tiles.map(({ name, bytes, lineageId: id }) => ({
            key: id ?? name,
            name,
            bytes,
            onOpen: id === undefined ? undefined : () => onOpen({ id, title: name }),
          }))}
        />
      )}
      <Sources sources={lineages.map(({ lineageId, ...rest }) => ({ id: lineageId, ...rest }))} onOpen={onOpen} />
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

interface SourceLine extends Source {
  readonly snapshots: number
  readonly ownBytes?: number
}

function Sources({ sources, onOpen }: { readonly sources: readonly SourceLine[] } & OnOpen) {
  return (
    <ul className="hf-space-list">
      {sources.map(({ id, title, snapshots, ownBytes }) => (
        <li key={id} className="hf-num">
          <IconChevronRight size={14} stroke={1.75} className="hf-3" aria-hidden />
          <button type="button" className="hf-space-name" onClick={() => onOpen({ id, title })}>
            {title}
          </button>
          <span className="hf-3">{formatCounted(snapshots, 'snapshot')}</span>
          {ownBytes !== undefined && <span className="hf-space-bytes">{formatBytes(ownBytes)}</span>}
        </li>
      ))}
    </ul>
  )
}
