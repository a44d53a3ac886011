import type { EntryKind } from '../../../src-shared/model/entry.ts'

/** The filters of a search, as they stand in the address. */
export interface SearchFilter {
  readonly text: string
  readonly lineageId: string
  readonly kind: 'any' | 'file' | 'directory' | 'symlink'
  readonly size: 'any' | 'small' | 'medium' | 'large' | 'huge'
  readonly time: 'any' | 'day' | 'week' | 'month' | 'year'
  readonly deleted: 'any' | 'only' | 'no'
}

const KiB = 1024
const MiB = 1024 * KiB
const DAY = 86_400_000

const kinds: Record<Exclude<SearchFilter['kind'], 'any'>, readonly EntryKind[]> = {
  file: ['file', 'hardlink'],
  directory: ['directory'],
  symlink: ['symlink'],
}

const sizes: Record<
  Exclude<SearchFilter['size'], 'any'>,
  { readonly minBytes?: number; readonly maxBytes?: number }
> = {
  small: { maxBytes: 100 * KiB },
  medium: { minBytes: 100 * KiB, maxBytes: 10 * MiB },
  large: { minBytes: 10 * MiB, maxBytes: 1024 * MiB },
  huge: { minBytes: 1024 * MiB },
}

const times: Record<Exclude<SearchFilter['time'], 'any'>, number> = { day: 1, week: 7, month: 30, year: 365 }

export const kindChoices = [
  { value: 'any', label: 'Any kind' },
  { value: 'file', label: 'Files' },
  { value: 'directory', label: 'Folders' },
  { value: 'symlink', label: 'Links' },
] as const

export const sizeChoices = [
  { value: 'any', label: 'Any size' },
  { value: 'small', label: 'Up to 100 KiB' },
  { value: 'medium', label: '100 KiB to 10 MiB' },
  { value: 'large', label: '10 MiB to 1 GiB' },
  { value: 'huge', label: 'Over 1 GiB' },
] as const

export const timeChoices = [
  { value: 'any', label: 'Any time' },
  { value: 'day', label: 'Modified in the last day' },
  { value: 'week', label: 'Modified in the last week' },
  { value: 'month', label: 'Modified in the last month' },
  { value: 'year', label: 'Modified in the last year' },
] as const

export const deletedChoices = [
  { value: 'any', label: 'Deleted or not' },
  { value: 'only', label: 'Only deleted' },
  { value: 'no', label: 'Not deleted' },
] as const

/** Reads the filters out of the address; what it does not know counts as any. */
export function filterFrom(params: URLSearchParams): SearchFilter {
  const one = <T extends string>(name: string, choices: readonly { readonly value: T }[], any: T): T =>
    choices.find(({ value }) => value === params.get(name))?.value ?? any
  return {
    text: params.get('q') ?? '',
    lineageId: params.get('source') ?? '',
    kind: one('kind', kindChoices, 'any'),
    size: one('size', sizeChoices, 'any'),
    time: one('time', timeChoices, 'any'),
    deleted: one('deleted', deletedChoices, 'any'),
  }
}

/** The same as the question to the app. The moment is rounded to the day, so that an open search stays one question. */
export function filterQuery({ text, kind, size, time, deleted }: SearchFilter, now: number) {
  return {
    text: text.trim(),
    deleted,
    ...(kind === 'any' ? {} : { kinds: [...kinds[kind]] }),
    ...(size === 'any' ? {} : sizes[size]),
    ...(time === 'any' ? {} : { after: Math.floor(now / DAY) * DAY - times[time] * DAY }),
  }
}

export function isFiltered({ lineageId, kind, size, time, deleted }: SearchFilter): boolean {
  return lineageId !== '' || kind !== 'any' || size !== 'any' || time !== 'any' || deleted !== 'any'
}
