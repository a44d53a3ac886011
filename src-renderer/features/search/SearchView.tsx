import './search.css'
import { Button } from '@mantine/core'
import { IconHistory, IconSearch, IconSearchOff } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import type { Lineage } from '../../../src-shared/model/snapshot.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { formatCount, formatCounted, formatMoment } from '../../ui/format.ts'
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
  const question = { ...filterQuery(filter, now), limit, ...(lineage === undefined ? {} : { lineageId: lineage.id }) }
  const query = useQuery(
    ['search', JSON.stringify(question)],
    (client, signal) => client.snapshots.search(question, { signal }),
    { areas: ['snapshots'], keep: true, enabled: text !== '' },
  )

  if (lineages !== undefined && lineages.length === 0) {
    return (
      <div className="hf-page">
        <PageHeader title="Search" />
        <EmptyState
          icon={IconHistory}
          title="There are no snapshots yet."
          actions={
            <Button variant="filled" component={Link} to="/plans/new">
              Protect a folder
            </Button>
          }
        >
          They appear here after the first backup, or after you connect a repository that has some.
        </EmptyState>
      </div>
    )
  }
  return (
    <div className="hf-page">
      <PageHeader
        title={text === '' ? 'Search' : `Search for "${text}"`}
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
        <EmptyState icon={IconSearch} title="What are you looking for?">
          Part of a name or path is enough. Deleted files are found too, with the snapshot that last has them.
        </EmptyState>
      ) : (
        <QueryView query={query} onRetry={query.reload} skeleton={<SkeletonRows rows={10} height={44} />}>
          {({ hits, more, snapshots }) =>
            hits.length === 0 ? (
              <EmptyState
                icon={IconSearchOff}
                title={`No file called "${text}" in ${formatCounted(snapshots, 'snapshot')}.`}
              >
                {coverageWords(lineages ?? [], now)}
                {isFiltered(filter) && ' The filters above leave some out.'}
              </EmptyState>
            ) : (
              <>
                <SearchHits hits={hits} text={text} lineages={lineages ?? []} isOld={query.reading} />
                {more && (
                  <div className="hf-more-hits">
                    {limit < MOST ? (
                      <Button loading={query.reading} onClick={() => setLimit(MOST)}>
                        Show more
                      </Button>
                    ) : (
                      <p className="hf-sm hf-2">
                        The first {formatCount(MOST)} are shown. A longer name or a filter finds the rest.
                      </p>
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
  return `${more ? 'More than ' : ''}${formatCounted(hits, 'result')} in ${formatCounted(snapshots, 'snapshot')}`
}

/** Up to when the search looked. */
function coverageWords(lineages: readonly Lineage[], now: number): string {
  const newest = lineages.reduce((latest, lineage) => Math.max(latest, lineage.newest ?? 0), 0)
  if (newest === 0) return 'There is nothing to search yet.'
  return `The search covered everything up to ${momentLast(formatMoment(newest, now))}.`
}

/** `today 14:02` as it ends a sentence: `14:02 today`. */
function momentLast(moment: string): string {
  return moment.replace(/^(today|yesterday) (.*)$/, '$2 $1')
}
