import { ActionIcon, Tooltip } from '@mantine/core'
import {
  IconChevronLeft,
  IconChevronRight,
  IconListSearch,
  IconNote,
  IconPin,
  IconShieldCheck,
  IconShieldX,
} from '@tabler/icons-react'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { formatAbsolute, formatDay } from '../../ui/format.ts'
import { pointWords, snapshotAt } from '../../ui/snapshot-words.ts'
import { When } from '../../ui/When.tsx'

export interface MomentProps {
  readonly snapshot: Snapshot
  readonly now: number
  readonly isCompact: boolean
  readonly onEarlier: (() => void) | undefined
  readonly onLater: (() => void) | undefined
}

/** The chosen point in time in words, and what is known of its snapshot. */
export function Moment({ snapshot, now, isCompact, onEarlier, onLater }: MomentProps) {
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
        <Badges snapshot={snapshot} now={now} />
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

function Badges({ snapshot, now }: { readonly snapshot: Snapshot; readonly now: number }) {
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
      {snapshot.notes !== '' && (
        <span className="hf-badge hf-badge-note" title={snapshot.notes}>
          <IconNote size={14} stroke={1.9} aria-hidden />
          <span className="hf-ell">{snapshot.notes.split('\n')[0]}</span>
        </span>
      )}
    </>
  )
}
