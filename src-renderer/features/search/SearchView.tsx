import { t } from '../../i18n/translate.ts'
import './search.css'
import { Button } from '@mantine/core'
import { IconHistory, IconSearch, IconSearchOff } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useSearchParams } from 'react-router'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Lineage } from '../../../src-shared/model/snapshot.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { daysBetween, formatCount, formatCounted, formatMoment, formatTime } from '../../ui/format.ts'
import { NoSnapshots } from '../../ui/NoSnapshots.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { SkeletonRows } from '../../ui/Skeletons.tsx'
import { useNow } from '../../ui/use-now.ts'
import { SearchFilters } from './SearchFilters.tsx'
import { SearchHits } from './SearchHits.tsx'
import { filterFrom, filterQuery, isFiltered } from './search-filter.ts'

const FIRST = 200
const MOST = 1000

/**
 * Files by name in every snapshot. The field in the top bar writes the address with a pause; each new question cancels
 * the one before it, and what was found stays until the next answer is there.
 */
export function SearchView() {
  const now = useNow()
  const [params, setParams] = useSearchParams()
  const lineages = useSharedValue('lineages')
  const filter = filterFrom(params)
  const text = filter.text.trim()
  const [limit, setLimit] = useState(FIRST)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another search starts from the top
  useEffect(() => setLimit(FIRST), [params])
  const lineage = lineages?.find(({ id }) => id === filter.lineageId)
  const question = {
    ...filterQuery(filter, now),
    limit,
    ...(lineage === undefined ? {} : { lineageId: lineage.id }),
    // From the address; the other side refuses what is none.
    ...(filter.snapshotId === '' ? {} : { snapshotId: filter.snapshotId as SnapshotId }),
  }
  const query = useQuery(
    ['search', JSON.stringify(question)],
    (client, signal) => client.snapshots.search(question, { signal }),
    { areas: ['snapshots'], keep: true, enabled: text !== '' },
  )

  if (lineages !== undefined && lineages.length === 0) {
    return (
      <NoSnapshots title={t('search.search')} icon={IconHistory}>
        {t('common.snapshotsAppear')}
      </NoSnapshots>
    )
  }
  return (
    <div className="hf-page">
      <PageHeader
        title={text === '' ? t('search.search') : t('search.searchFor', { text })}
        beside={
          text !== '' &&
          query.state === 'ready' && (
            <span className="hf-2 hf-sm" aria-live="polite">
              {foundWords(query.value.hits.length, query.value.more, query.value.snapshots)}
            </span>
          )
        }
      />
      <SearchFilters
        filter={filter}
        lineages={lineages ?? []}
        onChange={(name, value) =>
          setParams(
            (before) => {
              if (value === '') before.delete(name)
              else before.set(name, value)
              return before
            },
            { replace: true },
          )
        }
        onClear={() => setParams({ q: filter.text }, { replace: true })}
      />
      {text === '' ? (
        <EmptyState icon={IconSearch} title={t('search.whatFor')}>
          {t('search.whatForText')}
        </EmptyState>
      ) : (
        <QueryView query={query} onRetry={query.reload} skeleton={<SkeletonRows rows={10} height={44} />}>
          {({ hits, more, snapshots }) =>
            hits.length === 0 ? (
              <EmptyState
                icon={IconSearchOff}
                title={t('search.noFile', { text, snapshots: formatCounted(snapshots, 'snapshot') })}
              >
                {coverageWords(lineages ?? [], now)}
                {isFiltered(filter) && ` ${t('search.filtersLeaveOut')}`}
              </EmptyState>
            ) : (
              <>
                <SearchHits hits={hits} text={text} lineages={lineages ?? []} isOld={query.reading} />
                {more && (
                  <div className="hf-more-hits">
                    {limit < MOST ? (
                      <Button loading={query.reading} onClick={() => setLimit(MOST)}>
                        {t('search.showMore')}
                      </Button>
                    ) : (
                      <p className="hf-sm hf-2">{t('search.firstShown', { n: formatCount(MOST) })}</p>
                    )}
                  </div>
                )}
              </>
            )
          }
        </QueryView>
      )}
    </div>
  )
}

function foundWords(hits: number, more: boolean, snapshots: number): string {
  const said = { results: formatCounted(hits, 'result'), snapshots: formatCounted(snapshots, 'snapshot') }
  return more ? t('search.foundMore', said) : t('search.found', said)
}

/** Up to when the search looked. */
function coverageWords(lineages: readonly Lineage[], now: number): string {
  const newest = lineages.reduce((latest, lineage) => Math.max(latest, lineage.newest ?? 0), 0)
  if (newest === 0) return t('search.nothingToSearch')
  const days = daysBetween(now, newest)
  if (days === 0) return t('search.coveredToday', { time: formatTime(newest) })
  if (days === -1) return t('search.coveredYesterday', { time: formatTime(newest) })
  return t('search.covered', { when: formatMoment(newest, now) })
}
