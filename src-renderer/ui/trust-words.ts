import type { PlanTrust, TrustState } from '../../src-shared/model/trust.ts'
import { t } from '../i18n/translate.ts'
import { formatCounted, formatDate } from './format.ts'
import type { StatusKind } from './status.ts'

const DAY_MS = 24 * 3_600_000

/** The look of each score; the words are its own. */
export const trustLooks = {
  none: 'never',
  unproven: 'never',
  partly: 'warnings',
  proven: 'good',
  damaged: 'failed',
} as const satisfies Record<TrustState, StatusKind>

/** What is proven, in whole sentences with their dates: what was read back, and what was restored. */
export function trustSentences(trust: PlanTrust, now: number): readonly string[] {
  if (trust.state === 'none') return [t('trust.noSnapshots')]
  const damage =
    trust.damaged > 0 ? [t('trust.damagedSnapshots', { snapshots: formatCounted(trust.damaged, 'snapshot') })] : []
  return [...damage, readSentence(trust, now), restoreSentence(trust, now)]
}

function readSentence({ checked, snapshots, readBackSince, periodDays = 30 }: PlanTrust, now: number): string {
  if (checked === 0) return t('trust.readNone')
  if (checked === snapshots && readBackSince !== undefined) {
    const days = Math.max(1, Math.ceil((now - readBackSince) / DAY_MS))
    return t('trust.readAll', { count: days })
  }
  const words = { checked, snapshots: formatCounted(snapshots, 'snapshot'), days: formatCounted(periodDays, 'day') }
  return t('trust.readSome', words)
}

function restoreSentence({ restoreTest }: PlanTrust, now: number): string {
  if (restoreTest === undefined) return t('trust.restoreNever')
  const date = formatDate(restoreTest.at, now)
  if (!restoreTest.isGood) return t('trust.restoreFailedOn', { date })
  const restored = t('trust.restoredOn', { files: formatCounted(restoreTest.files, 'file'), date })
  const { canaries = 0 } = restoreTest
  return canaries === 0 ? restored : `${restored} ${t('trust.canariesGood', { count: canaries })}`
}
