import type { RestoreOutcome, RestorePreview } from '../../../src-shared/model/restore.ts'
import { t } from '../../i18n/translate.ts'
import { formatCount } from '../../ui/format.ts'
import { outcomeLooks, outcomeOrder } from './outcomes.ts'

export interface OutcomeChipsProps {
  /** `after`: it has happened. */
  readonly tense: 'before' | 'after'
  readonly preview: RestorePreview
  readonly filter: RestoreOutcome | undefined
  readonly onFilter: (filter: RestoreOutcome | undefined) => void
}

/** Counts that filter the list below them. Outcomes that do not occur are not there. */
export function OutcomeChips({ tense, preview, filter, onFilter }: OutcomeChipsProps) {
  return (
    <div className="hf-outcome-head">
      <h3 className="hf-h4 hf-grow">{tense === 'before' ? t('restore.willHappen') : t('restore.happened')}</h3>
      <button type="button" className="hf-chip" aria-pressed={filter === undefined} onClick={() => onFilter(undefined)}>
        {t('restore.all', { n: formatCount(preview.files) })}
      </button>
      {outcomeOrder
        .filter((outcome) => preview.counts[outcome] > 0)
        .map((outcome) => {
          const { icon: Icon, tone } = outcomeLooks[outcome]
          return (
            <button
              key={outcome}
              type="button"
              className="hf-chip"
              aria-pressed={filter === outcome}
              onClick={() => onFilter(filter === outcome ? undefined : outcome)}
            >
              <Icon size={14} stroke={1.9} className={tone} aria-hidden />
              {t(tense === 'before' ? `restore.short_${outcome}` : `restore.shortAfter_${outcome}`)}{' '}
              {formatCount(preview.counts[outcome])}
            </button>
          )
        })}
    </div>
  )
}
