import type { EncryptionKey } from '../../../src-shared/contract/keys.ts'
import type { PlanState } from '../../../src-shared/contract/plans.ts'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import type { Forecast } from '../../ui/forecast.ts'
import { formatBytes, formatCounted, formatDate, formatPercent, formatRelative } from '../../ui/format.ts'
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
      ? 'It has no good copy yet.'
      : `The last good copy is from ${formatRelative(lastGoodAt, now)}.`
  const to = `/plans/${plan.id}`
  if (health === 'failed') {
    const text = `${asSentence(lastError ?? 'The last run did not finish')} ${safe}`
    return [{ id: `failed:${plan.id}`, tone: 'bad', title: `${plan.name} stopped.`, text, action: 'Look into it', to }]
  }
  if (health === 'late') {
    const text = `It should have run. ${safe}`
    return [{ id: `late:${plan.id}`, tone: 'warn', title: `${plan.name} is late.`, text, action: 'Look into it', to }]
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
      title: `${repository.name} has ${formatCounted(lastVerify.corruptChunks, 'damaged block')}.`,
      text: 'The next backup stores damaged blocks again where the source still has them.',
      action: 'See what is affected',
      to,
    })
  }
  if (reachable === false) {
    const hint = error?.hint ?? 'Your earlier snapshots are not affected.'
    matters.push({
      id: `unreachable:${repository.id}`,
      tone: 'warn',
      title: `${repository.name} does not answer.`,
      text: `${error?.message ?? ''} ${hint}`.trim(),
      action: 'Open repository',
      to,
    })
  }
  const full = forecasts.get(repository.id)
  if (usage !== undefined && usage.totalBytes > 0) {
    const share = usage.usedBytes / usage.totalBytes
    const isSoon = full?.fullAt !== undefined && full.fullAt - now < SOON_MS
    if (isSoon || share >= NEARLY_FULL) {
      const growth =
        full === undefined || full.bytesPerWeek <= 0 ? '' : `, growing by ${formatBytes(full.bytesPerWeek)} a week`
      matters.push({
        id: `full:${repository.id}`,
        tone: share >= 0.99 ? 'bad' : 'warn',
        title:
          full?.fullAt !== undefined && isSoon
            ? `${repository.name} will be full around ${formatDate(full.fullAt, now)}.`
            : `${repository.name} is nearly full.`,
        text: `${formatPercent(share)} used${growth}. ${formatBytes(usage.availableBytes)} are free.`,
        action: 'Simulate prune',
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
      title: `The recovery sheet of key ${key.name} has not been saved.`,
      text: 'If this computer is lost, nobody can open what was encrypted with it.',
      action: 'Save recovery sheet',
      to: '/settings/security',
    },
  ]
}
