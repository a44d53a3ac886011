import { Fragment } from 'react'
import type { PlanState } from '../../../src-shared/contract/plans.ts'
import { t } from '../../i18n/translate.ts'
import { formatBytes } from '../../ui/format.ts'

/** How much of what is protected, largest first. */
export function ProtectedBytes({ plans }: { readonly plans: readonly PlanState[] }) {
  const sizes = plans
    .flatMap(({ plan, protectedBytes }) => (protectedBytes === undefined ? [] : [{ ...plan, bytes: protectedBytes }]))
    .toSorted((a, b) => b.bytes - a.bytes)
  const largest = sizes[0]?.bytes ?? 0
  if (largest === 0) return null
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
  return (
    <section aria-labelledby="overview-protected">
      <div className="hf-section-head">
        <h2 id="overview-protected" className="hf-h4 hf-num">
          {t('overview.protectedFrom', { count: sizes.length, bytes: formatBytes(total) })}
        </h2>
      </div>
      <dl className="hf-card hf-bars">
        {sizes.map(({ id, name, bytes }) => (
          <Fragment key={id}>
            <dt className="hf-2 hf-ell">{name}</dt>
            <dd aria-hidden>
              <div className="hf-bar" style={{ width: `${(bytes / largest) * 100}%` }} />
            </dd>
            <dd className="hf-num" style={{ textAlign: 'right' }}>
              {formatBytes(bytes)}
            </dd>
          </Fragment>
        ))}
      </dl>
    </section>
  )
}
