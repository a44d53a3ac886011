import { Menu, Textarea, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { IconNote, IconUserShare } from '@tabler/icons-react'
import { useState } from 'react'
import type { StoredGroup } from '../../../src-shared/contract/groups.ts'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { CommandForm } from '../../ui/CommandForm.tsx'
import { MoreMenu } from '../../ui/MoreMenu.tsx'

const LONGEST_NOTE = 16_384
const LONGEST_OWNER = 200

interface GroupProps {
  readonly repositoryId: RepositoryId
  readonly group: StoredGroup
}

/** What can be done to a group as a whole: its note, and whom it belongs to. */
export function GroupMenu(props: GroupProps) {
  const { type, backupId } = props.group
  const name = `${type}/${backupId}`
  return (
    <MoreMenu label={t('repositories.groupMenu', { name })}>
      <Menu.Item leftSection={<IconNote size={16} aria-hidden />} onClick={() => edit('notes', props, name)}>
        {t('repositories.groupNote')}
      </Menu.Item>
      <Menu.Item leftSection={<IconUserShare size={16} aria-hidden />} onClick={() => edit('owner', props, name)}>
        {t('repositories.changeOwner')}
      </Menu.Item>
    </MoreMenu>
  )
}

function edit(what: 'notes' | 'owner', props: GroupProps, name: string): void {
  const id = modals.open({
    title: (
      <span className="hf-h4">
        {what === 'notes' ? t('repositories.groupNoteOf', { name }) : t('repositories.ownerOf', { name })}
      </span>
    ),
    children: <GroupForm {...props} what={what} onDone={() => modals.close(id)} />,
  })
}

function GroupForm({
  repositoryId,
  group: { owner = '', notes, ...group },
  what,
  onDone,
}: GroupProps & { readonly what: 'notes' | 'owner'; readonly onDone: () => void }) {
  const client = useClient()
  const [text, setText] = useState(what === 'notes' ? notes : owner)
  const save = useCommand(
    () =>
      what === 'notes'
        ? client.groups.setNotes({ repositoryId, group, notes: text })
        : client.groups.setOwner({ repositoryId, group, owner: text }),
    { done: onDone },
  )
  return (
    <CommandForm
      command={save}
      submit={what === 'notes' ? t('repositories.saveNote') : t('repositories.changeOwner')}
      isReady={what === 'notes' || (text.trim() !== '' && text !== owner)}
    >
      {what === 'notes' ? (
        <Textarea
          label={t('repositories.groupNote')}
          rows={5}
          maxLength={LONGEST_NOTE}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      ) : (
        <TextInput
          label={t('repositories.owner')}
          description={t('repositories.ownerHelp')}
          classNames={{ input: 'hf-mono' }}
          maxLength={LONGEST_OWNER}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
    </CommandForm>
  )
}
