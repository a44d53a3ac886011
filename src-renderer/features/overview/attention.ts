import type { EncryptionKey } from '../../../src-shared/contract/keys.ts'
import type { PlanState } from '../../../src-shared/contract/plans.ts'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import { errorMessage, translateFailure, translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import type { Forecast } from '../../ui/forecast.ts'
import { formatAgo, formatBytes, formatCounted, formatDate, formatPercent } from '../../ui/format.ts'
import { asSentence } from '../../ui/words.ts'

const DAY_MS = 24 * 3_600_000
/** A repository that fills within this time is worth a line. */
const SOON_MS = 90 * DAY_MS
const NEARLY_FULL = 0.95

/** One open matter: the fact, the consequence, and one step. */
export interface Matter {
  /** Stays the same while the matter does, so that "not today" finds it again. */
  readonly id: string
  readonly tone: 'bad' | 'warn'
  readonly title: string
  readonly text: string
  readonly action: string
  readonly to: string
}

export interface AttentionInput {
  readonly plans: readonly PlanState[]
  readonly repositories: readonly RepositoryState[]
  readonly keys: readonly EncryptionKey[]
  readonly forecasts: ReadonlyMap<string, Forecast>
  readonly now: number
}

/** What needs a person, the worst first. */
export function mattersOf(input: AttentionInput): readonly Matter[] {
  const matters = [
    ...input.plans.flatMap((state) => planMatters(state, input.now)),
    ...input.repositories.flatMap((state) => repositoryMatters(state, input)),
    ...input.keys.flatMap(keyMatters),
  ]
  return matters.toSorted((a, b) => (a.tone === b.tone ? 0 : a.tone === 'bad' ? -1 : 1))
}

function planMatters({ plan, health, lastError, lastGoodAt }: PlanState, now: number): readonly Matter[] {
  const safe =
    lastGoodAt === undefined
      ? t('overview.noGoodCopy')
      : t('overview.lastGoodCopy', { when: formatAgo(lastGoodAt, now) })
  const to = `/plans/${plan.id}`
  if (health === 'failed') {
    const text = `${asSentence(lastError === undefined ? t('overview.lastRunUnfinished') : translateFailure(lastError))} ${safe}`
    return [
      {
        id: `failed:${plan.id}`,
        tone: 'bad',
        title: t('overview.stopped', { name: plan.name }),
        text,
        action: t('overview.lookInto'),
        to,
      },
    ]
  }
  if (health === 'late') {
    const text = t('overview.shouldHaveRun', { safe })
    return [
      {
        id: `late:${plan.id}`,
        tone: 'warn',
        title: t('overview.isLate', { name: plan.name }),
        text,
        action: t('overview.lookInto'),
        to,
      },
    ]
  }
  return []
}

function repositoryMatters(state: RepositoryState, { forecasts, now }: AttentionInput): readonly Matter[] {
  const { repository, usage, reachable, error, lastVerify } = state
  const to = `/repositories/${repository.id}`
  const matters: Matter[] = []
  if (lastVerify !== undefined && lastVerify.corruptChunks > 0) {
    matters.push({
      id: `corrupt:${repository.id}`,
      tone: 'bad',
      title: t('overview.hasDamaged', {
        name: repository.name,
        blocks: formatCounted(lastVerify.corruptChunks, 'damagedBlock'),
      }),
      text: t('overview.damagedText'),
      action: t('overview.seeAffected'),
      to,
    })
  }
  if (reachable === false) {
    const hint = (error?.hint && translateSaid(error.hint)) ?? t('overview.earlierSafe')
    matters.push({
      id: `unreachable:${repository.id}`,
      tone: 'warn',
      title: t('overview.doesNotAnswer', { name: repository.name }),
      text: `${error === undefined ? '' : errorMessage(error)} ${hint}`.trim(),
      action: t('common.openRepository'),
      to,
    })
  }
  const full = forecasts.get(repository.id)
  if (usage !== undefined && usage.totalBytes > 0) {
    const share = usage.usedBytes / usage.totalBytes
    const isSoon = full?.fullAt !== undefined && full.fullAt - now < SOON_MS
    if (isSoon || share >= NEARLY_FULL) {
      const used = { percent: formatPercent(share), bytes: formatBytes(usage.availableBytes) }
      matters.push({
        id: `full:${repository.id}`,
        tone: share >= 0.99 ? 'bad' : 'warn',
        title:
          full?.fullAt !== undefined && isSoon
            ? t('overview.fullAround', { name: repository.name, date: formatDate(full.fullAt, now) })
            : t('overview.nearlyFull', { name: repository.name }),
        text:
          full === undefined || full.bytesPerWeek <= 0
            ? t('overview.usedFree', used)
            : t('overview.usedGrowingFree', { ...used, growth: formatBytes(full.bytesPerWeek) }),
        action: t('common.simulatePrune'),
        to: `${to}#prune`,
      })
    }
  }
  return matters
}

function keyMatters(key: EncryptionKey): readonly Matter[] {
  if (key.sheetSavedAt !== undefined) return []
  return [
    {
      id: `sheet:${key.id}`,
      tone: 'warn',
      title: t('overview.sheetNotSaved', { name: key.name }),
      text: t('overview.sheetText'),
      action: t('common.saveRecoverySheet'),
      to: '/settings/security',
    },
  ]
}
