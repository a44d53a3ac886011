import { TextInput } from '@mantine/core'
import { IconFilter } from '@tabler/icons-react'
import type { ChangeKind } from '../../../src-shared/model/entry.ts'
import { t } from '../../i18n/translate.ts'
import { formatBytes, formatBytesDelta, formatCount } from '../../ui/format.ts'
import { changeLooks } from './change-looks.ts'
import type { Differences } from './use-differences.ts'

export interface TotalChipsProps {
  readonly totals: Differences['totals']
  readonly hidden: ReadonlySet<ChangeKind>
  readonly text: string
  readonly onHide: (kind: ChangeKind, hide: boolean) => void
  readonly onText: (text: string) => void
}

/** How much differs, of each kind; pressing one hides or shows it. */
export function TotalChips({ totals, hidden, text, onHide, onText }: TotalChipsProps) {
  const chip = (kind: ChangeKind, count: number, bytes: string) => {
    const { icon: Icon, tone, word } = changeLooks[kind]
    const said = { n: formatCount(count), what: t(word) }
    const isShown = !hidden.has(kind)
    return (
      <button type="button" className="hf-chip hf-total" aria-pressed={isShown} onClick={() => onHide(kind, isShown)}>
        <Icon size={14} stroke={1.9} className={tone} aria-hidden />
        {isShown ? t('compare.total', said) : t('compare.hidden', said)}
        {isShown && bytes !== '' && <span className="hf-3">{bytes}</span>}
      </button>
    )
  }
  return (
    <div className="hf-totals">
      {totals !== undefined && (
        <>
          {chip('added', totals.added, formatBytes(totals.addedBytes))}
          {chip('changed', totals.changed, formatBytesDelta(totals.changedBytes))}
          {chip('removed', totals.removed, formatBytes(totals.removedBytes))}
          {chip('identical', totals.identical, '')}
        </>
      )}
      <span className="hf-grow" />
      <TextInput
        w={168}
        type="search"
        aria-label={t('compare.filterByName')}
        placeholder={t('compare.filterByName')}
        leftSection={<IconFilter size={14} stroke={1.9} aria-hidden />}
        value={text}
        onChange={(event) => onText(event.currentTarget.value)}
      />
    </div>
  )
}
