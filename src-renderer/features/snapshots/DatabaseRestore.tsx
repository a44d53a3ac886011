import { Button, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useState } from 'react'
import type { DatabaseTarget } from '../../../src-shared/model/database-restore.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { CopyCommand } from '../../ui/CopyCommand.tsx'

export type DatabaseWish =
  | { readonly kind: 'server' | 'data-folder' | 'xbstream'; readonly isWhole: boolean }
  | (Extract<DatabaseTarget, { kind: 'agent' }> & { readonly isWhole: boolean })
  | { readonly kind: 'dump'; readonly database: string; readonly table: string; readonly isWhole: boolean }

/** Asks where to, shows the line that does the same, and starts the job. */
export function askForRestore(snapshotId: SnapshotId, wish: DatabaseWish, onStarted: (job: Job) => void): void {
  const id = modals.open({
    title: titleOf(wish),
    size: 560,
    children: <RestoreForm snapshotId={snapshotId} wish={wish} onStarted={onStarted} onDone={() => modals.close(id)} />,
  })
}

function titleOf(wish: DatabaseWish): string {
  switch (wish.kind) {
    case 'server':
      return t('databases.start')
    case 'data-folder':
      return t('databases.copy')
    case 'xbstream':
      return t('databases.export')
    case 'agent':
      return t('databases.send', { host: wish.connection.host })
    case 'dump':
      return t('databases.dump', { name: `${wish.database}.${wish.table}` })
  }
}

function targetOf(wish: DatabaseWish, path: string): DatabaseTarget {
  switch (wish.kind) {
    case 'server':
      return { kind: 'server' }
    case 'data-folder':
      return { kind: 'data-folder', path }
    case 'xbstream':
      // What cannot be put together here may still be of use elsewhere.
      return { kind: 'xbstream', path, state: wish.isWhole ? 'prepared' : 'stored' }
    case 'agent': {
      const { isWhole: _, ...target } = wish
      return target
    }
    case 'dump':
      return { kind: 'dump', path, database: wish.database, table: wish.table }
  }
}

interface RestoreFormProps {
  readonly snapshotId: SnapshotId
  readonly wish: DatabaseWish
  readonly onStarted: (job: Job) => void
  readonly onDone: () => void
}

function RestoreForm({ snapshotId, wish, onStarted, onDone }: RestoreFormProps) {
  const client = useClient()
  const [path, setPath] = useState('')
  const isFolder = wish.kind === 'data-folder'
  const text =
    wish.kind === 'server'
      ? t('databases.startText')
      : wish.kind === 'agent'
        ? t('databases.sendText', { host: wish.connection.host })
        : undefined
  const canStart = text !== undefined || path.startsWith('/')
  const target = targetOf(wish, path)
  const command = useQuery(
    ['database-command', snapshotId, JSON.stringify(target)],
    (api, signal) => api.databases.asCommand({ snapshotId, as: target }, { signal }),
    { enabled: canStart, keep: true },
  )
  const start = useCommand(() => client.databases.restore({ snapshotId, as: target }), {
    done: (job) => {
      onDone()
      onStarted(job)
    },
  })
  return (
    <form
      style={{ display: 'grid', gap: 12 }}
      onSubmit={(event) => {
        event.preventDefault()
        if (canStart) void start.run()
      }}
    >
      {text !== undefined ? (
        <p className="hf-2">{text}</p>
      ) : (
        <TextInput
          label={isFolder ? t('databases.whereCopy') : t('databases.whereFile')}
          description={isFolder ? t('databases.whereCopyHelp') : t('databases.whereFileHelp')}
          placeholder={
            isFolder ? '/srv/restored' : wish.kind === 'dump' ? `/srv/${wish.table}.sql` : '/srv/all.xbstream'
          }
          classNames={{ input: 'hf-mono' }}
          data-autofocus
          value={path}
          onChange={({ currentTarget: { value } }) => setPath(value.trim())}
        />
      )}
      {command.state === 'ready' && <CopyCommand command={command.value} />}
      <div className="hf-row" style={{ justifyContent: 'flex-end' }}>
        <Button onClick={onDone}>{t('common.cancel')}</Button>
        <Button type="submit" variant="filled" loading={start.busy} disabled={!canStart}>
          {t('databases.begin')}
        </Button>
      </div>
    </form>
  )
}
