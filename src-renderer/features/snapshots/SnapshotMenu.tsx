import { ActionIcon, Button, Menu, Textarea } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { IconDots, IconNote, IconPin, IconPinnedOff, IconShieldCheck, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { useClient, useSharedValue } from '../../state/use-app.tsx'
import { showFailure, useCommand } from '../../state/use-command.ts'
import { confirm } from '../../ui/confirm.tsx'
import { pointWords, snapshotAt } from '../../ui/snapshot-words.ts'

/** What can be done with the chosen snapshot as a whole. Only what its repository can do is there. */
export function SnapshotMenu({ snapshot, now }: { readonly snapshot: Snapshot; readonly now: number }) {
  const client = useClient()
  const navigate = useNavigate()
  const repositories = useSharedValue('repositories') ?? []
  const can = new Set(repositories.find(({ repository }) => repository.id === snapshot.repositoryId)?.capabilities)
  const words = pointWords(snapshotAt(snapshot), now)

  const forget = async () => {
    const isSure = await confirm({
      title: 'Forget this snapshot?',
      children: `The snapshot of ${words} will be gone for good. Every other snapshot stays complete; the space is freed by the next garbage collection.`,
      confirm: 'Forget 1 snapshot',
    })
    if (!isSure) return
    await client.snapshots.forget({ ids: [snapshot.id] })
    notifications.show({ message: `The snapshot of ${words} is being forgotten.` })
  }

  return (
    <Menu width={220}>
      <Menu.Target>
        <ActionIcon variant="default" size={32} aria-label="More for this snapshot">
          <IconDots size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {can.has('protect') && (
          <Menu.Item
            leftSection={
              snapshot.protected ? <IconPinnedOff size={16} aria-hidden /> : <IconPin size={16} aria-hidden />
            }
            onClick={() => {
              client.snapshots.protect({ id: snapshot.id, protected: !snapshot.protected }).catch(showFailure)
            }}
          >
            {snapshot.protected ? 'Stop protecting it' : 'Protect from pruning'}
          </Menu.Item>
        )}
        {can.has('notes') && (
          <Menu.Item
            leftSection={<IconNote size={16} aria-hidden />}
            onClick={() => editNotes(client, snapshot, words)}
          >
            {snapshot.notes === '' ? 'Add a note' : 'Edit the note'}
          </Menu.Item>
        )}
        {can.has('verify') && (
          <Menu.Item
            leftSection={<IconShieldCheck size={16} aria-hidden />}
            onClick={() => {
              client.snapshots.verify({ id: snapshot.id }).then((job) => navigate(`/activity/${job.id}`), showFailure)
            }}
          >
            Verify this snapshot
          </Menu.Item>
        )}
        {can.has('forget') && (
          <Menu.Item
            leftSection={<IconTrash size={16} aria-hidden />}
            disabled={snapshot.protected}
            color="var(--hf-bad)"
            onClick={() => {
              forget().catch(showFailure)
            }}
          >
            {snapshot.protected ? 'Protected, cannot be forgotten' : 'Forget this snapshot'}
          </Menu.Item>
        )}
        {can.size === 0 && <Menu.Label>This repository can only be read.</Menu.Label>}
      </Menu.Dropdown>
    </Menu>
  )
}

function editNotes(client: Client, snapshot: Snapshot, words: string): void {
  const modalId = modals.open({
    title: <span className="hf-h4">Note on {words}</span>,
    children: <NoteForm client={client} snapshot={snapshot} onDone={() => modals.close(modalId)} />,
  })
}

interface NoteFormProps {
  readonly client: Client
  readonly snapshot: Snapshot
  readonly onDone: () => void
}

function NoteForm({ client, snapshot, onDone }: NoteFormProps) {
  const [notes, setNotes] = useState(snapshot.notes)
  const save = useCommand((text: string) => client.snapshots.setNotes({ id: snapshot.id, notes: text }), {
    done: onDone,
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        // useCommand shows its failure itself
        void save.run(notes)
      }}
    >
      <Textarea
        label="Note"
        autosize
        minRows={3}
        maxRows={12}
        maxLength={65_536}
        value={notes}
        onChange={(event) => setNotes(event.currentTarget.value)}
        data-autofocus
      />
      <div className="hf-row" style={{ justifyContent: 'flex-end', marginTop: 16 }}>
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" variant="filled" loading={save.busy}>
          Save note
        </Button>
      </div>
    </form>
  )
}
