import { ActionIcon, Button, Menu, Textarea, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { IconDots, IconNote, IconUserShare } from '@tabler/icons-react'
import { useState } from 'react'
import type { StoredGroup } from '../../../src-shared/contract/groups.ts'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'

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
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size={28} variant="subtle" color="gray" aria-label={t('repositories.groupMenu', { name })}>
          <IconDots size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconNote size={16} aria-hidden />} onClick={() => edit('notes', props, name)}>
          {t('repositories.groupNote')}
        </Menu.Item>
        <Menu.Item leftSection={<IconUserShare size={16} aria-hidden />} onClick={() => edit('owner', props, name)}>
          {t('repositories.changeOwner')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
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
    <form
      style={{ display: 'flex', flexDirection: 'column', gap: 12 }}
      onSubmit={(event) => {
        event.preventDefault()
        void save.run()
      }}
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
      <Button
        type="submit"
        variant="filled"
        loading={save.busy}
        disabled={what === 'owner' && (text.trim() === '' || text === owner)}
        style={{ alignSelf: 'flex-end' }}
      >
        {what === 'notes' ? t('repositories.saveNote') : t('repositories.changeOwner')}
      </Button>
    </form>
  )
}
