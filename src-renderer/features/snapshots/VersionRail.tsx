import { ActionIcon, Tooltip } from '@mantine/core'
import { IconEraser, IconPin, IconTrash } from '@tabler/icons-react'
import type { EntryVersion } from '../../../src-shared/model/entry.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { formatAbsolute, formatBytes, formatBytesDelta, formatCounted, formatDay } from '../../ui/format.ts'
import { columnTime, snapshotAt } from '../../ui/snapshot-words.ts'

export interface Versions {
  readonly versions: readonly EntryVersion[]
  readonly onDisk?: { readonly sizeBytes: number; readonly modifiedAt: number } | undefined
}

export interface VersionRailProps extends Versions {
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[]
  readonly current: EntryVersion | undefined
  readonly now: number
  readonly onVersion: (version: EntryVersion) => void
  readonly onDiskCompare: () => void
  /** All of them, out of every snapshot. */
  readonly onRemove: (() => void) | undefined
}

/** All versions of one file or folder, newest first; unchanged snapshots are one version. */
export function VersionRail(props: VersionRailProps) {
  const { versions, onDisk, snapshots, current, now } = props
  const newest = versions[0]
  const isPinned = ({ firstAt, lastAt }: EntryVersion) =>
    snapshots.some((one) => one.protected && snapshotAt(one) >= firstAt && snapshotAt(one) <= lastAt)
  return (
    <section className="hf-versions" aria-label={t('snapshots.versions')}>
      <div className="hf-versions-head">
        <h3 className="hf-sm hf-med">{headWords(versions.length)}</h3>
        <span className="hf-xs hf-3">{t('snapshots.unchangedFolded')}</span>
        {props.onRemove !== undefined && versions.length > 0 && (
          <Tooltip label={t('history.removeFromAll')}>
            <ActionIcon size={20} aria-label={t('history.removeFromAll')} onClick={props.onRemove}>
              <IconEraser size={14} stroke={1.75} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      <ol>
        {onDisk !== undefined && (
          <li>
            <button
              type="button"
              className="hf-version"
              title={t('snapshots.modifiedCompare', { when: formatAbsolute(onDisk.modifiedAt) })}
              onClick={props.onDiskCompare}
            >
              <Rail />
              <span className="hf-ell">{t('common.onDiskNow')}</span>
              <span className="hf-version-size">{formatBytes(onDisk.sizeBytes)}</span>
              <span className="hf-version-delta">
                {newest !== undefined && deltaWords(onDisk.sizeBytes - newest.entry.sizeBytes)}
              </span>
            </button>
          </li>
        )}
        {versions.map((version, at) => {
          const older = versions[at + 1]
          return (
            <li key={version.firstSnapshotId}>
              {version.deletedAfter && (
                <div className="hf-version hf-version-gone">
                  <Rail />
                  <span className="hf-row" style={{ gap: 4 }}>
                    <IconTrash size={14} stroke={1.9} aria-hidden />
                    {t('snapshots.deletedAfter', { when: formatDay(version.lastAt, now) })}
                  </span>
                </div>
              )}
              <button
                type="button"
                className="hf-version"
                aria-current={version === current ? 'true' : undefined}
                title={t('snapshots.versionTitle', {
                  when: formatAbsolute(version.firstAt),
                  snapshots: formatCounted(version.snapshots, 'snapshot'),
                })}
                onClick={() => props.onVersion(version)}
              >
                <Rail />
                <span className="hf-row" style={{ gap: 4 }}>
                  {columnTime(version.firstAt, now)}
                  {isPinned(version) && (
                    <IconPin size={14} stroke={1.9} role="img" aria-label={t('snapshots.protected')} className="hf-3" />
                  )}
                </span>
                <span className="hf-version-size">{formatBytes(version.entry.sizeBytes)}</span>
                <span className="hf-version-delta">
                  {older === undefined
                    ? t('snapshots.new')
                    : deltaWords(version.entry.sizeBytes - older.entry.sizeBytes)}
                </span>
              </button>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

function Rail() {
  return (
    <span className="hf-version-rail" aria-hidden>
      <i />
    </span>
  )
}

function headWords(count: number): string {
  return count === 1
    ? t('snapshots.oneVersion')
    : t('snapshots.allVersions', { versions: formatCounted(count, 'version') })
}

function deltaWords(bytes: number): string {
  return bytes === 0 ? t('snapshots.sameSize') : formatBytesDelta(bytes)
}

/** The version that a point in time shows; the last one before it for what was deleted by then. */
export function versionAt(versions: readonly EntryVersion[], at: number): EntryVersion | undefined {
  return versions.find((version) => version.firstAt <= at) ?? versions.at(-1)
}
