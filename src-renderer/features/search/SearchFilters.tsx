import { Button, Select } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Lineage } from '../../../src-shared/model/snapshot.ts'
import { t, type WordKey } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { shortPointWords, snapshotAt } from '../../ui/snapshot-words.ts'
import { useNow } from '../../ui/use-now.ts'
import {
  deletedChoices,
  isFiltered,
  kindChoices,
  type SearchFilter,
  sizeChoices,
  timeChoices,
} from './search-filter.ts'

export interface SearchFiltersProps {
  readonly filter: SearchFilter
  readonly lineages: readonly Lineage[]
  readonly onChange: (name: string, value: string) => void
  readonly onClear: () => void
}

export function SearchFilters({ filter, lineages, onChange, onClear }: SearchFiltersProps) {
  const select = (
    name: string,
    label: string,
    value: string,
    data: readonly { readonly value: string; readonly label: string }[],
  ) => (
    <Select
      aria-label={label}
      data={[...data]}
      value={value}
      onChange={(next) => onChange(name, next === null || next === 'any' ? '' : next)}
    />
  )
  const sources = [
    { value: 'any', label: t('search.allSources') },
    ...lineages.map(({ id, title }) => ({ value: String(id), label: title })),
  ]
  return (
    <search className="hf-search-filters" aria-label={t('search.filters')}>
      {filter.snapshotId !== '' && <ThisSnapshot id={filter.snapshotId} onAll={() => onChange('in', '')} />}
      {filter.snapshotId === '' &&
        select('source', t('search.source'), filter.lineageId === '' ? 'any' : filter.lineageId, sources)}
      {select('kind', t('search.kind'), filter.kind, said(kindChoices))}
      {select('size', t('search.size'), filter.size, said(sizeChoices))}
      {select('time', t('search.time'), filter.time, said(timeChoices))}
      {select('deleted', t('search.deleted'), filter.deleted, said(deletedChoices))}
      {isFiltered(filter) && (
        <Button variant="transparent" leftSection={<IconX size={14} aria-hidden />} onClick={onClear}>
          {t('search.clear')}
        </Button>
      )}
    </search>
  )
}

/** The one snapshot that is looked into; the cross looks into all again. */
function ThisSnapshot({ id, onAll }: { readonly id: string; readonly onAll: () => void }) {
  const now = useNow()
  // From the address; the other side refuses what is none.
  const snapshot = useQuery(['snapshot', id], (client, signal) =>
    client.snapshots.get({ id: id as SnapshotId }, { signal }),
  )
  if (snapshot.state !== 'ready') return null
  return (
    <Button
      rightSection={<IconX size={14} aria-hidden />}
      onClick={onAll}
      aria-label={t('search.inAll')}
      variant="light"
    >
      {t('search.onlyIn', { when: shortPointWords(snapshotAt(snapshot.value), now) })}
    </Button>
  )
}

function said(choices: readonly { readonly value: string; readonly label: WordKey }[]) {
  return choices.map(({ value, label }) => ({ value, label: t(label) }))
}
