import type { EntryKind } from '../../../src-shared/model/entry.ts'

/** The filters of a search, as they stand in the address. */
export interface SearchFilter {
  readonly text: string
  readonly lineageId: string
  /** Looks into this snapshot alone; empty is all of them. */
  readonly snapshotId: string
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
  { value: 'any', label: 'search.anyKind' },
  { value: 'file', label: 'search.files' },
  { value: 'directory', label: 'search.folders' },
  { value: 'symlink', label: 'search.links' },
] as const

export const sizeChoices = [
  { value: 'any', label: 'search.anySize' },
  { value: 'small', label: 'search.small' },
  { value: 'medium', label: 'search.medium' },
  { value: 'large', label: 'search.large' },
  { value: 'huge', label: 'search.huge' },
] as const

export const timeChoices = [
  { value: 'any', label: 'search.anyTime' },
  { value: 'day', label: 'search.lastDay' },
  { value: 'week', label: 'search.lastWeek' },
  { value: 'month', label: 'search.lastMonth' },
  { value: 'year', label: 'search.lastYear' },
] as const

export const deletedChoices = [
  { value: 'any', label: 'search.deletedOrNot' },
  { value: 'only', label: 'search.onlyDeleted' },
  { value: 'no', label: 'search.notDeleted' },
] as const

/** Reads the filters out of the address; what it does not know counts as any. */
export function filterFrom(params: URLSearchParams): SearchFilter {
  const one = <T extends string>(name: string, choices: readonly { readonly value: T }[], any: T): T =>
    choices.find(({ value }) => value === params.get(name))?.value ?? any
  return {
    text: params.get('q') ?? '',
    lineageId: params.get('source') ?? '',
    snapshotId: params.get('in') ?? '',
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

export function isFiltered({ lineageId, snapshotId, kind, size, time, deleted }: SearchFilter): boolean {
  return (
    lineageId !== '' || snapshotId !== '' || kind !== 'any' || size !== 'any' || time !== 'any' || deleted !== 'any'
  )
}
