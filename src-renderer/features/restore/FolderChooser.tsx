import { Button, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { IconArrowUp, IconFolder, IconFolderPlus } from '@tabler/icons-react'
import { useState } from 'react'
import type { Client } from '../../../src-shared/contract/index.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { t } from '../../i18n/translate.ts'
import { showFailure } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { QueryView } from '../../ui/QueryView.tsx'

/**
 * A folder of this computer, or `undefined` when the person changed their mind: the dialog of the system where there is
 * one, else our own list, since a browser cannot name folders of another computer.
 */
export async function chooseFolder(client: Client, hasDialog: boolean, start: string): Promise<string | undefined> {
  if (hasDialog) {
    const { path } = await client.folders.pick({ title: t('restore.restoreInto') })
    return path
  }
  return new Promise((resolve) => {
    const modalId = modals.open({
      title: <span className="hf-h4">{t('restore.restoreInto')}</span>,
      size: 560,
      onClose: () => resolve(undefined),
      children: (
        <FolderChooser
          client={client}
          start={start}
          onChoose={(path) => {
            resolve(path)
            modals.close(modalId)
          }}
        />
      ),
    })
  })
}

interface FolderChooserProps {
  readonly client: Client
  readonly start: string
  readonly onChoose: (path: string) => void
}

function FolderChooser({ client, start, onChoose }: FolderChooserProps) {
  const [path, setPath] = useState(start)
  const [name, setName] = useState('')
  const list = useQuery(['folders', path], (_, signal) => client.folders.list({ path }, { signal }), { keep: true })
  const create = () => {
    client.folders.create({ parent: path, name }).then((made) => {
      setName('')
      setPath(made.path)
    }, showFailure)
  }
  return (
    <>
      <p className="hf-mono hf-2 hf-ell" style={{ marginBottom: 8 }}>
        {path === '' ? t('restore.thisComputer') : displayPath(path)}
      </p>
      <div className="hf-sunken" style={{ height: 280, overflow: 'auto', padding: 4 }}>
        <QueryView query={list} onRetry={list.reload}>
          {({ parent, entries }) => (
            <>
              {parent !== undefined && (
                <button type="button" className="hf-folder-choice" onClick={() => setPath(parent)}>
                  <IconArrowUp size={16} stroke={1.75} aria-hidden /> {t('restore.oneUp')}
                </button>
              )}
              {entries
                .filter((entry) => entry.kind === 'directory')
                .map((entry) => (
                  <button
                    key={entry.path}
                    type="button"
                    className="hf-folder-choice"
                    disabled={!entry.readable}
                    onClick={() => setPath(entry.path)}
                  >
                    <IconFolder size={16} stroke={1.75} className="hf-3" aria-hidden /> {displayPath(entry.name)}
                  </button>
                ))}
              {entries.every((entry) => entry.kind !== 'directory') && (
                <EmptyState icon={IconFolder} title={t('restore.noFolders')} />
              )}
            </>
          )}
        </QueryView>
      </div>
      <div className="hf-row" style={{ marginTop: 12 }}>
        <TextInput
          className="hf-grow"
          aria-label={t('restore.newFolderName')}
          placeholder={t('restore.newFolderName')}
          value={name}
          maxLength={255}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button
          leftSection={<IconFolderPlus size={16} aria-hidden />}
          disabled={name === '' || path === ''}
          onClick={create}
        >
          {t('restore.create')}
        </Button>
        <Button variant="filled" disabled={path === ''} onClick={() => onChoose(path)}>
          {t('restore.restoreHere')}
        </Button>
      </div>
    </>
  )
}
