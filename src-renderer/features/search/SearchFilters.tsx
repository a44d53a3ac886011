import { Button, Select } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import type { Lineage } from '../../../src-shared/model/snapshot.ts'
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
    data: readonly { value: string; label: string }[],
    width: number,
  ) => (
    <Select
      aria-label={label}
      w={width}
      data={[...data]}
      value={value}
      onChange={(next) => onChange(name, next === null || next === 'any' ? '' : next)}
    />
  )
  const sources = [
    { value: 'any', label: 'All sources' },
    ...lineages.map(({ id, title }) => ({ value: String(id), label: title })),
  ]
  return (
    <search className="hf-search-filters" aria-label="Filters">
      {select('source', 'Source', filter.lineageId === '' ? 'any' : filter.lineageId, sources, 180)}
      {select('kind', 'Kind', filter.kind, kindChoices, 120)}
      {select('size', 'Size', filter.size, sizeChoices, 160)}
      {select('time', 'Time', filter.time, timeChoices, 210)}
      {select('deleted', 'Deleted', filter.deleted, deletedChoices, 150)}
      {isFiltered(filter) && (
        <Button variant="transparent" leftSection={<IconX size={14} aria-hidden />} onClick={onClear}>
          Clear
        </Button>
      )}
    </search>
  )
}
