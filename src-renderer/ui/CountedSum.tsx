import { IconAlertCircle } from '@tabler/icons-react'
import { Fragment, type ReactNode } from 'react'
import { t } from '../i18n/translate.ts'
import { formatCount } from './format.ts'

export interface Addend {
  readonly label: string
  readonly count: number
  readonly note?: ReactNode
  /** Marks a count above zero as something to look at. */
  readonly isBad?: boolean
}

/** Success is counted, never assumed: the total equals its parts, for everybody to see. */
export function CountedSum({ total, parts }: { readonly total: Addend; readonly parts: readonly Addend[] }) {
  const label = t('ui.sumEquals', { total: total.label, parts: parts.map((part) => part.label).join(' + ') })
  return (
    <section className="hf-card hf-sum" aria-label={label}>
      <Term {...total} />
      {parts.map((part, at) => (
        <Fragment key={part.label}>
          <span className="hf-sum-op" aria-hidden>
            {at === 0 ? '=' : '+'}
          </span>
          <Term {...part} />
        </Fragment>
      ))}
    </section>
  )
}

function Term({ label, count, note, isBad = false }: Addend) {
  return (
    <dl>
      <dt>{label}</dt>
      <dd className="hf-sum-value">
        {formatCount(count)}
        {isBad && count > 0 && <IconAlertCircle size={14} stroke={2} className="hf-bad" aria-hidden />}
      </dd>
      <dd>{note ?? '\u00a0'}</dd>
    </dl>
  )
}
