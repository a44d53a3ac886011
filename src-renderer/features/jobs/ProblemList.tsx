import type { JobId } from '../../../src-shared/model/ids.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { formatCount } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'

const MOST = 500

/** The files a job left out, each with its reason, as the log has them. */
export function ProblemList({ jobId, outcome }: { readonly jobId: JobId; readonly outcome: 'skipped' | 'failed' }) {
  const log = useQuery(['problems', jobId, outcome], (client, signal) =>
    client.jobs.log({ id: jobId, outcome, limit: MOST }, { signal }),
  )
  return (
    <QueryView query={log} onRetry={log.reload}>
      {({ lines, total }) => (
        <>
          <ul style={{ maxHeight: '60vh', overflow: 'auto' }}>
            {lines.map((line) => (
              <li key={line.id} style={{ padding: '6px 0', boxShadow: 'inset 0 -1px 0 var(--hf-border)' }}>
                <div className="hf-mono" style={{ overflowWrap: 'anywhere' }}>
                  {line.path === undefined ? '' : displayPath(line.path)}
                </div>
                <div className="hf-sm hf-2">{translateSaid(line.message)}</div>
              </li>
            ))}
          </ul>
          {total > lines.length && (
            <p className="hf-sm hf-2" style={{ marginTop: 8 }}>
              {t('jobs.moreInLog', { n: formatCount(total - lines.length) })}
            </p>
          )}
        </>
      )}
    </QueryView>
  )
}
