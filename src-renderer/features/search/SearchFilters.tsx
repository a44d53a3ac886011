import { Button, Select } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import type { Lineage } from '../../../src-shared/model/snapshot.ts'
import { t, type WordKey } from '../../i18n/translate.ts'
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
      {select('source', t('search.source'), filter.lineageId === '' ? 'any' : filter.lineageId, sources)}
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

function said(choices: readonly { readonly value: string; readonly label: WordKey }[]) {
  return choices.map(({ value, label }) => ({ value, label: t(label) }))
}
