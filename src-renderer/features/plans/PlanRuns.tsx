import { Tooltip } from '@mantine/core'
import { Link } from 'react-router'
import type { PlanId } from '../../../src-shared/model/ids.ts'
import { translateFailure } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { formatMoment } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { StatusIcon } from '../../ui/Status.tsx'
import { statusLooks } from '../../ui/status.ts'
import { useNow } from '../../ui/use-now.ts'

const RUNS = 30

/** The last thirty runs, oldest first; what did not happen says why. */
export function PlanRuns({ planId }: { readonly planId: PlanId }) {
  const now = useNow()
  const runs = useQuery(
    ['runs', planId],
    (client, signal) => client.plans.runs({ id: planId, limit: RUNS }, { signal }),
    {
      areas: ['plans'],
      keep: true,
    },
  )
  return (
    <section className="hf-card" style={{ padding: '12px 16px' }} aria-labelledby="plan-runs">
      <h2 id="plan-runs" className="hf-h4" style={{ marginBottom: 8 }}>
        {t('plans.lastRuns')}
      </h2>
      <QueryView query={runs} onRetry={runs.reload}>
        {(list) =>
          list.length === 0 ? (
            <p className="hf-sm hf-2">{t('plans.hasNotRun')}</p>
          ) : (
            <ol className="hf-row" style={{ flexWrap: 'wrap', gap: 6 }}>
              {list.toReversed().map((run) => {
                const words = t('plans.runWords', {
                  when: formatMoment(run.at, now),
                  what: run.reason === undefined ? t(statusLooks[run.state].word) : translateFailure(run.reason),
                })
                const icon = <StatusIcon kind={run.state} />
                return (
                  <li key={`${run.at}${run.jobId}`} style={{ display: 'flex' }}>
                    <Tooltip label={words}>
                      {run.jobId === undefined ? (
                        <span style={{ display: 'flex' }}>{icon}</span>
                      ) : (
                        <Link to={`/activity/${run.jobId}`} aria-label={words} style={{ display: 'flex', margin: 4 }}>
                          {icon}
                        </Link>
                      )}
                    </Tooltip>
                  </li>
                )
              })}
            </ol>
          )
        }
      </QueryView>
    </section>
  )
}
