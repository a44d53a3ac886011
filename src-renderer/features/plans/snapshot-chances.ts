import type { SnapshotChance } from '../../../src-shared/contract/folders.ts'
import { t, type WordKey } from '../../i18n/translate.ts'

const words = {
  'needs-root': 'plans.chanceNeedsRoot',
  'read-only': 'plans.chanceReadOnly',
  hidden: 'plans.chanceHidden',
  'too-many': 'plans.chanceTooMany',
  still: 'plans.chanceStill',
  unknown: 'plans.chanceUnknown',
} as const satisfies Partial<Record<SnapshotChance['state'], WordKey>>

/** Whether all its files are of one moment in a run with snapshots. */
export function isHeldStill({ state }: Pick<SnapshotChance, 'state'>): boolean {
  return state === 'possible' || state === 'still'
}

/** What can be done for one place, as a few words beside its path. */
export function chanceWords({ state, fileSystem }: Pick<SnapshotChance, 'state' | 'fileSystem'>): string {
  if (state === 'possible') return t('plans.chancePossible', { fileSystem })
  if (state !== 'unsupported') return t(words[state])
  return fileSystem === '' ? t('plans.chanceNobody') : t('plans.chanceUnsupported', { fileSystem })
}
