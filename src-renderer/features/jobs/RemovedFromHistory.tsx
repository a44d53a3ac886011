import type { Job, JobSummary } from '../../../src-shared/model/job.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { t } from '../../i18n/translate.ts'
import { CountedSum } from '../../ui/CountedSum.tsx'
import { formatAbsolute, formatBytes } from '../../ui/format.ts'

export interface RemovedProps {
  readonly job: Job
  readonly summary: JobSummary
  readonly removal: NonNullable<JobSummary['removal']>
}

/** What became of the snapshots that held a file or folder which was to go. */
export function RemovedFromHistory({ job, summary, removal }: RemovedProps) {
  const { counts } = summary
  const { spec } = job
  if (spec.kind !== 'remove-from-history') return null
  const isDryRun = spec.dryRun
  return (
    <>
      <ul aria-label={t('history.removed')}>
        {spec.paths.map((path) => (
          <li key={path} className="hf-mono" style={{ overflowWrap: 'anywhere' }}>
            {displayPath(path)}
          </li>
        ))}
      </ul>
      {counts !== undefined && (
        <CountedSum
          total={{ label: t('history.seen'), count: counts.seen }}
          parts={[
            { label: isDryRun ? t('history.wouldChange') : t('history.changed'), count: counts.stored },
            { label: t('history.without'), count: counts.unchanged },
            { label: t('history.skipped'), count: counts.skipped },
            { label: t('jobs.failed'), count: counts.failed, isBad: true },
          ]}
        />
      )}
      {removal.freeAt !== undefined && <p>{t('history.freeAt', { when: formatAbsolute(removal.freeAt) })}</p>}
      {removal.snapshots.length > 0 && (
        <section aria-labelledby="job-removed">
          <h2 id="job-removed" className="hf-h4" style={{ marginBottom: 8 }}>
            {t('history.listed')}
          </h2>
          <ul className="hf-card" style={{ padding: '8px 16px' }}>
            {removal.snapshots.map(({ snapshot, outcome, entries, bytes }) => (
              <li key={snapshot} className="hf-row" style={{ padding: '4px 0' }}>
                <span className="hf-mono hf-ell hf-grow">{snapshot}</span>
                <span className="hf-sm hf-2">
                  {entries === 0
                    ? t('history.carried')
                    : t('history.entries', { count: entries, bytes: formatBytes(bytes) })}
                </span>
                <span className="hf-sm">
                  {isDryRun && outcome === 'changed' ? t('history.outcome_would') : t(`history.outcome_${outcome}`)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}
