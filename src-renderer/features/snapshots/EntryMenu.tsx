import { Menu } from '@mantine/core'
import { IconCopy, IconDownload, IconEraser, IconFileZip, IconPackage } from '@tabler/icons-react'
import type { Entry } from '../../../src-shared/model/entry.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { showFailure } from '../../state/use-command.ts'
import { MoreMenu } from '../../ui/MoreMenu.tsx'
import { saveFrom } from '../../ui/save-file.ts'

export interface EntryMenuProps {
  readonly entry: Entry
  /** That it is downloaded from. */
  readonly source: SnapshotId
  /** Out of all snapshots; absent for what cannot go alone. */
  readonly onRemove: (() => void) | undefined
}

/** Download, the path to copy, and the way out of every snapshot. */
export function EntryMenu({ entry, source, onRemove }: EntryMenuProps) {
  const client = useClient()
  const download = (as: 'download' | 'zip' | 'tar') => {
    client.snapshots.contentUrl({ id: source, path: entry.path, as }).then((url) => saveFrom(url), showFailure)
  }
  return (
    <MoreMenu label={t('snapshots.moreFor', { name: displayPath(entry.name) })} width={240}>
      {entry.kind === 'directory' ? (
        <>
          <Menu.Item leftSection={<IconFileZip size={16} aria-hidden />} onClick={() => download('zip')}>
            {t('snapshots.downloadZip')}
          </Menu.Item>
          <Menu.Item leftSection={<IconPackage size={16} aria-hidden />} onClick={() => download('tar')}>
            {t('snapshots.downloadTar')}
          </Menu.Item>
        </>
      ) : (
        <Menu.Item leftSection={<IconDownload size={16} aria-hidden />} onClick={() => download('download')}>
          {t('snapshots.download')}
        </Menu.Item>
      )}
      <Menu.Item
        leftSection={<IconCopy size={16} aria-hidden />}
        onClick={() => {
          navigator.clipboard.writeText(displayPath(entry.path)).catch(showFailure)
        }}
      >
        {t('common.copyPath')}
      </Menu.Item>
      {onRemove !== undefined && (
        <Menu.Item leftSection={<IconEraser size={16} aria-hidden />} color="var(--hf-bad)" onClick={onRemove}>
          {t('history.removeFromAll')}
        </Menu.Item>
      )}
    </MoreMenu>
  )
}
