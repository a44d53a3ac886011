import { ActionIcon, Button, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { IconCornerLeftUp, IconFolder, IconFolderPlus } from '@tabler/icons-react'
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { Client } from '../../src-shared/contract/index.ts'
import { displayPath } from '../../src-shared/model/path-text.ts'
import { translateSaid } from '../i18n/said.ts'
import { t } from '../i18n/translate.ts'
import { useClient, useSharedValue } from '../state/use-app.tsx'
import { useCommand } from '../state/use-command.ts'
import { useQuery } from '../state/use-query.ts'
import { buttonBeside } from './button-beside.tsx'
import { EmptyState } from './EmptyState.tsx'
import { QueryView } from './QueryView.tsx'
import { moveTarget } from './row-keys.ts'
import { typedFolder } from './typed-folder.ts'

export interface FolderWish {
  /** What the folder is for: the head of the dialog. */
  readonly title: string
  /** What the button says that takes the folder. */
  readonly choose?: string
  /** Where to begin; the roots of this computer where it is left out. */
  readonly start?: string
}

/**
 * A folder of this computer, or `undefined` when the person changed their mind: the dialog of the desktop where there is
 * one, else our own list, since a browser cannot name folders of another computer.
 */
export async function pickFolder(
  client: Client,
  host: 'electron' | 'headless' | undefined,
  { title, choose = t('ui.chooseThisFolder'), start = '' }: FolderWish,
): Promise<string | undefined> {
  if (host === 'electron') return (await client.folders.pick({ title })).path
  return new Promise((resolve) => {
    const id = modals.open({
      title,
      size: 560,
      onClose: () => resolve(undefined),
      children: (
        <FolderPicker
          start={start}
          choose={choose}
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
  readonly choose: string
  readonly onChoose: (path: string) => void
}

function FolderPicker({ start, choose, onChoose }: FolderPickerProps) {
  const home = useSharedValue('info')?.homeDirectory ?? ''
  const [path, setPath] = useState(start)
  const list = useQuery(['pick', path], (client, signal) => client.folders.list({ path }, { signal }))
  const listed = list.state === 'ready' ? list.value : undefined
  // The way back from a folder that cannot be read is the last one that could.
  const [wayUp, setWayUp] = useState<string>()
  const rows = useRef<HTMLFieldSetElement>(null)
  const isWalking = useRef(false)
  useEffect(() => {
    if (listed === undefined) return
    setWayUp(listed.path === '' ? undefined : (listed.parent ?? ''))
    // The row that had the focus is gone with its list.
    if (isWalking.current) rows.current?.querySelector<HTMLElement>('button:not(:disabled)')?.focus()
    isWalking.current = false
  }, [listed])
  const walk = (to: string) => {
    isWalking.current = true
    if (listed !== undefined) setWayUp(listed.path)
    setPath(to)
  }
  const onKey = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === 'Backspace' && wayUp !== undefined) {
      event.preventDefault()
      return walk(wayUp)
    }
    const all = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')]
    const at = event.target instanceof HTMLButtonElement ? all.indexOf(event.target) : -1
    const next = moveTarget(event.key, at, all.length)
    if (next === undefined) return
    event.preventDefault()
    all[next]?.focus()
  }
  return (
    <>
      <PathField onPath={(typed) => setPath(typedFolder(typed, listed?.path ?? '', home))} />
      <div className="hf-row" style={{ margin: '8px 0', minHeight: 28 }}>
        <ActionIcon
          aria-label={t('ui.up')}
          disabled={wayUp === undefined}
          onClick={() => wayUp !== undefined && walk(wayUp)}
        >
          <IconCornerLeftUp size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
        <span className="hf-mono hf-2 hf-ell" title={displayPath(path)} role="status">
          {path === '' ? t('ui.thisComputer') : displayPath(listed?.path ?? path)}
        </span>
      </div>
      <fieldset ref={rows} aria-label={t('ui.foldersHere')} className="hf-sunken hf-folder-rows" onKeyDown={onKey}>
        <QueryView query={list} onRetry={list.reload}>
          {({ entries }) => {
            const folders = entries.filter(({ kind }) => kind === 'directory')
            if (folders.length === 0) return <EmptyState icon={IconFolder} title={t('ui.noFolders')} />
            return folders.map((folder) => {
              // The roots have names that the other side gave them.
              const name = path === '' ? translateSaid(folder.name) : displayPath(folder.name)
              return (
                <button
                  key={folder.path}
                  type="button"
                  className="hf-item hf-folder-row"
                  title={name}
                  disabled={!folder.readable}
                  onClick={() => walk(folder.path)}
                >
                  <IconFolder size={16} stroke={1.75} className="hf-3" aria-hidden />
                  <span className="hf-ell">{name}</span>
                </button>
              )
            })
          }}
        </QueryView>
      </fieldset>
      <NewFolder parent={listed?.path ?? ''} onMade={setPath} />
      <div className="hf-row" style={{ justifyContent: 'flex-end', marginTop: 16 }}>
        <Button
          variant="filled"
          disabled={listed === undefined || listed.path === ''}
          onClick={() => listed !== undefined && onChoose(listed.path)}
        >
          {choose}
        </Button>
      </div>
    </>
  )
}

/** For who knows the path: Enter goes there. */
function PathField({ onPath }: { readonly onPath: (path: string) => void }) {
  const [typed, setTyped] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (typed.trim() !== '') onPath(typed.trim())
  }
  return (
    <form onSubmit={submit}>
      <TextInput
        label={t('ui.folder')}
        placeholder={t('ui.typePath')}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        classNames={{ input: 'hf-mono' }}
        spellCheck={false}
        data-autofocus
      />
    </form>
  )
}

interface NewFolderProps {
  /** Empty where no folder can be made. */
  readonly parent: string
  readonly onMade: (path: string) => void
}

function NewFolder({ parent, onMade }: NewFolderProps) {
  const client = useClient()
  const [name, setName] = useState('')
  const create = useCommand(() => client.folders.create({ parent, name: name.trim() }), {
    done: ({ path }) => {
      setName('')
      onMade(path)
    },
  })
  const canCreate = name.trim() !== '' && parent !== ''
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (canCreate) void create.run() // useCommand shows its failure itself
  }
  return (
    <form onSubmit={submit} style={{ marginTop: 8 }}>
      <TextInput
        aria-label={t('ui.newFolderName')}
        placeholder={t('ui.newFolderName')}
        value={name}
        maxLength={255}
        onChange={(event) => setName(event.currentTarget.value)}
        inputContainer={buttonBeside(
          <Button
            type="submit"
            leftSection={<IconFolderPlus size={16} stroke={1.75} aria-hidden />}
            loading={create.busy}
            disabled={!canCreate}
          >
            {t('ui.createFolder')}
          </Button>,
        )}
      />
    </form>
  )
}
