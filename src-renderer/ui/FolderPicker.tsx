import { Breadcrumbs, Button, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { IconCornerLeftUp, IconFolder } from '@tabler/icons-react'
import { useState } from 'react'
import type { Client } from '../../src-shared/contract/index.ts'
import { displayPath } from '../../src-shared/model/path-text.ts'
import { t } from '../i18n/translate.ts'
import { useQuery } from '../state/use-query.ts'
import { QueryView } from './QueryView.tsx'

/** Lets a person choose a folder: by the dialog of the desktop where there is one, otherwise in a window of ours. */
export async function pickFolder(
  client: Client,
  host: 'electron' | 'headless' | undefined,
  title: string,
  start = '',
): Promise<string | undefined> {
  if (host === 'electron') return (await client.folders.pick({ title })).path
  return new Promise((resolve) => {
    const id = modals.open({
      title: <span className="hf-h4">{title}</span>,
      size: 560,
      onClose: () => resolve(undefined),
      children: (
        <FolderPicker
          start={start}
          onChoose={(path) => {
            resolve(path)
            modals.close(id)
          }}
        />
      ),
    })
  })
}

interface FolderPickerProps {
  readonly start: string
  readonly onChoose: (path: string) => void
}

function FolderPicker({ start, onChoose }: FolderPickerProps) {
  const [path, setPath] = useState(start)
  const [typed, setTyped] = useState('')
  const list = useQuery(['pick', path], (client, signal) => client.folders.list({ path }, { signal }))
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (typed.trim() !== '') setPath(typed.trim())
        }}
      >
        <TextInput
          label={t('ui.folder')}
          placeholder={t('ui.typePath')}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          classNames={{ input: 'hf-mono' }}
          data-autofocus
        />
      </form>
      <Breadcrumbs my={8} separatorMargin={4}>
        <span className="hf-mono hf-2">{path === '' ? t('ui.thisComputer') : displayPath(path)}</span>
      </Breadcrumbs>
      <div className="hf-card" style={{ height: 280, overflow: 'auto', padding: 4 }}>
        <QueryView query={list} onRetry={list.reload}>
          {({ parent, entries }) => (
            <>
              {path !== '' && (
                <FolderRow icon={IconCornerLeftUp} name={t('ui.up')} onOpen={() => setPath(parent ?? '')} />
              )}
              {entries
                .filter((entry) => entry.kind === 'directory')
                .map((entry) => (
                  <FolderRow
                    key={entry.path}
                    icon={IconFolder}
                    name={displayPath(entry.name)}
                    onOpen={() => setPath(entry.path)}
                  />
                ))}
              {entries.length === 0 && <p className="hf-3 hf-sm">{t('ui.noFolders')}</p>}
            </>
          )}
        </QueryView>
      </div>
      <div className="hf-row" style={{ justifyContent: 'flex-end', marginTop: 16 }}>
        <Button
          variant="filled"
          disabled={list.state !== 'ready' || list.value.path === ''}
          onClick={() => list.state === 'ready' && onChoose(list.value.path)}
        >
          {t('ui.chooseThisFolder')}
        </Button>
      </div>
    </>
  )
}

interface FolderRowProps {
  readonly icon: typeof IconFolder
  readonly name: string
  readonly onOpen: () => void
}

function FolderRow({ icon: Icon, name, onOpen }: FolderRowProps) {
  return (
    <button
      type="button"
      className="hf-item hf-row"
      style={{ display: 'flex', height: 28, padding: '0 8px', background: 'none', border: 0, font: 'inherit' }}
      onClick={onOpen}
    >
      <Icon size={16} stroke={1.75} className="hf-3" aria-hidden />
      <span className="hf-ell">{name}</span>
    </button>
  )
}
