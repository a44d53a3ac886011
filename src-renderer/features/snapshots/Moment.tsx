import { ActionIcon, Tooltip } from '@mantine/core'
import {
  IconCalendarCheck,
  IconChevronLeft,
  IconChevronRight,
  IconListSearch,
  IconNote,
  IconPin,
  IconShieldCheck,
  IconShieldX,
  IconTag,
} from '@tabler/icons-react'
import type { PruneReason } from '../../../src-shared/model/prune.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { tagsOf, withoutTags } from '../../../src-shared/model/tags.ts'
import { t } from '../../i18n/translate.ts'
import { formatAbsolute, formatDay } from '../../ui/format.ts'
import { pointWords, snapshotAt } from '../../ui/snapshot-words.ts'
import { When } from '../../ui/When.tsx'

export interface MomentProps {
  readonly snapshot: Snapshot
  readonly now: number
  /** Why it stays, by the rules of its plan. */
  readonly reason: PruneReason | undefined
  readonly isCompact: boolean
  readonly onEarlier: (() => void) | undefined
  readonly onLater: (() => void) | undefined
}

/** The chosen point in time in words, and what is known of its snapshot. */
export function Moment({ snapshot, now, reason, isCompact, onEarlier, onLater }: MomentProps) {
  const at = snapshotAt(snapshot)
  return (
    <div className={isCompact ? 'hf-moment hf-moment-compact' : 'hf-moment'}>
      <h2 className={isCompact ? 'hf-h4' : 'hf-moment-time'} title={formatAbsolute(at)} aria-live="polite">
        {pointWords(at, now)}
      </h2>
      {!isCompact && (
        <span className="hf-2 hf-moment-age">
          <When at={at} />
        </span>
      )}
      <span className="hf-row hf-moment-badges">
        <Badges snapshot={snapshot} now={now} reason={reason} />
      </span>
      {!isCompact && (
        <>
          <span className="hf-grow" />
          <Tooltip label={t('snapshots.earlier')}>
            <ActionIcon variant="default" aria-label={t('snapshots.earlier')} disabled={!onEarlier} onClick={onEarlier}>
              <IconChevronLeft size={16} stroke={1.75} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t('snapshots.later')}>
            <ActionIcon variant="default" aria-label={t('snapshots.later')} disabled={!onLater} onClick={onLater}>
              <IconChevronRight size={16} stroke={1.75} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </>
      )}
    </div>
  )
}

function Badges({ snapshot, now, reason }: Pick<MomentProps, 'snapshot' | 'now' | 'reason'>) {
  const note = withoutTags(snapshot.notes)
  const { verify } = snapshot
  return (
    <>
      {snapshot.protected && (
        <span className="hf-badge">
          <IconPin size={14} stroke={1.9} aria-hidden />
          {t('snapshots.protected')}
        </span>
      )}
      {verify?.state === 'ok' && (
        <span className="hf-badge" data-tone="ok">
          <IconShieldCheck size={14} stroke={1.9} aria-hidden />
          {t('snapshots.verified', { when: formatDay(verify.at, now) })}
        </span>
      )}
      {verify?.state === 'failed' && (
        <span className="hf-badge" data-tone="bad">
          <IconShieldX size={14} stroke={1.9} aria-hidden />
          {t('snapshots.verifyFailed', { when: formatDay(verify.at, now) })}
        </span>
      )}
      {!snapshot.indexed && (
        <span className="hf-badge" title={t('snapshots.indexing')}>
          <IconListSearch size={14} stroke={1.9} aria-hidden />
          {t('snapshots.notIndexed')}
        </span>
      )}
      {reason !== undefined && reason !== 'protected' && (
        <span className="hf-badge" data-tone={reason === 'not-kept' ? 'warn' : undefined}>
          <IconCalendarCheck size={14} stroke={1.9} aria-hidden />
          {keptWords(reason)}
        </span>
      )}
      {tagsOf(snapshot.notes).map((tag) => (
        <span key={tag} className="hf-badge">
          <IconTag size={14} stroke={1.9} aria-hidden />
          {tag}
        </span>
      ))}
      {note !== '' && (
        <span className="hf-badge hf-badge-note" title={note}>
          <IconNote size={14} stroke={1.9} aria-hidden />
          <span className="hf-ell">{note.split('\n')[0]}</span>
        </span>
      )}
    </>
  )
}

function keptWords(reason: Exclude<PruneReason, 'protected'>): string {
  switch (reason) {
    case 'not-kept':
    case 'unfinished':
      return t('snapshots.goesNext')
    case 'no-rules':
      return t('snapshots.keptAlways')
    case 'partial':
      return t('snapshots.keptNewest')
    default:
      return t('snapshots.keptAs', { rule: t(`ui.rule_${reason}`) })
  }
}
