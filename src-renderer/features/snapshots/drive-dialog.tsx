import { Button } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useState } from 'react'
import type { AppInfo } from '../../../src-shared/contract/app.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { useClient, useSharedValue } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { CopyCommand, CopyIcon } from '../../ui/CopyCommand.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { mountCommand } from './mount-command.ts'

/** Makes a snapshot a drive, and says how this system opens it. */
export function openDrive(snapshot: Snapshot, words: string): void {
  const id = modals.open({
    title: t('snapshots.driveOf', { when: words }),
    size: 560,
    children: <DriveDialog snapshot={snapshot} onClosed={() => modals.close(id)} />,
  })
}

function DriveDialog({ snapshot, onClosed }: { readonly snapshot: Snapshot; readonly onClosed: () => void }) {
  const client = useClient()
  const platform: AppInfo['platform'] = useSharedValue('info')?.platform ?? 'linux'
  const [isOpen, setOpen] = useState(true)
  const drive = useQuery(
    ['drive', snapshot.id],
    (api, signal) => api.snapshots.openDrive({ id: snapshot.id }, { signal }),
    { enabled: isOpen },
  )
  const close = useCommand(
    async () => {
      setOpen(false)
      await client.snapshots.closeDrive({ id: snapshot.id })
    },
    { done: onClosed },
  )
  return (
    <QueryView query={drive} onRetry={drive.reload}>
      {({ address }) => (
        <>
          <p className="hf-2">{t('snapshots.driveHelp')}</p>
          <div className="hf-row hf-sunken" style={{ padding: '4px 12px', margin: '12px 0' }}>
            <span className="hf-mono hf-ell hf-grow">{address}</span>
            <CopyIcon value={address} label={t('snapshots.copyAddress')} />
          </div>
          <CopyCommand command={mountCommand(address, platform)} />
          <div className="hf-row" style={{ justifyContent: 'flex-end', marginTop: 16 }}>
            <Button loading={close.busy} onClick={() => close.run()}>
              {t('snapshots.closeDrive')}
            </Button>
            <Button variant="filled" onClick={onClosed}>
              {t('snapshots.keepDrive')}
            </Button>
          </div>
        </>
      )}
    </QueryView>
  )
}
