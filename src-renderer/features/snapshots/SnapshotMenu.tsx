import { Button, Menu, TagsInput, Textarea } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import {
  IconCalendarRepeat,
  IconFolders,
  IconNote,
  IconPin,
  IconPinnedOff,
  IconSearch,
  IconShieldCheck,
  IconStairs,
  IconTrash,
} from '@tabler/icons-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { cleanTag, tagsOf, withoutTags, withTags } from '../../../src-shared/model/tags.ts'
import { t } from '../../i18n/translate.ts'
import { useClient, useSharedValue } from '../../state/use-app.tsx'
import { showFailure, useCommand } from '../../state/use-command.ts'
import { confirm } from '../../ui/confirm.tsx'
import { MoreMenu } from '../../ui/MoreMenu.tsx'
import { pointWords, snapshotAt } from '../../ui/snapshot-words.ts'
import { openDrive } from './drive-dialog.tsx'

/** What can be done with the chosen snapshot as a whole. Only what its repository can do is there. */
export function SnapshotMenu({ snapshot, now }: { readonly snapshot: Snapshot; readonly now: number }) {
  const client = useClient()
  const navigate = useNavigate()
  const repositories = useSharedValue('repositories') ?? []
  const can = new Set(repositories.find(({ repository }) => repository.id === snapshot.repositoryId)?.capabilities)
  const words = pointWords(snapshotAt(snapshot), now)

  const forget = async () => {
    const isSure = await confirm({
      title: t('snapshots.forgetThis'),
      children: t('snapshots.forgetText', { when: words }),
      confirm: t('snapshots.forgetOne'),
    })
    if (!isSure) return
    await client.snapshots.forget({ ids: [snapshot.id] })
    notifications.show({ message: t('snapshots.beingForgotten', { when: words }) })
  }

  const takePlan = async () => {
    const { text } = await client.snapshots.plan({ id: snapshot.id })
    if (text !== undefined) return void (await navigate('/plans/new', { state: { planFile: text } }))
    notifications.show({ message: t('snapshots.noPlan') })
  }

  return (
    <MoreMenu label={t('snapshots.moreForSnapshot')} isInHead width={220}>
      <Menu.Item leftSection={<IconStairs size={16} aria-hidden />} onClick={() => void navigate('/restore')}>
        {t('guided.stepByStep')}
      </Menu.Item>
      <Menu.Item
        leftSection={<IconSearch size={16} aria-hidden />}
        onClick={() => void navigate(`/search?${new URLSearchParams({ in: snapshot.id, q: '' })}`)}
      >
        {t('snapshots.searchIn')}
      </Menu.Item>
      <Menu.Item leftSection={<IconFolders size={16} aria-hidden />} onClick={() => openDrive(snapshot, words)}>
        {t('snapshots.openDrive')}
      </Menu.Item>
      <Menu.Item
        leftSection={<IconCalendarRepeat size={16} aria-hidden />}
        onClick={() => {
          takePlan().catch(showFailure)
        }}
      >
        {t('snapshots.planAgain')}
      </Menu.Item>
      {can.has('protect') && (
        <Menu.Item
          leftSection={snapshot.protected ? <IconPinnedOff size={16} aria-hidden /> : <IconPin size={16} aria-hidden />}
          onClick={() => {
            client.snapshots.protect({ id: snapshot.id, protected: !snapshot.protected }).catch(showFailure)
          }}
        >
          {snapshot.protected ? t('snapshots.stopProtecting') : t('snapshots.protect')}
        </Menu.Item>
      )}
      {can.has('notes') && (
        <Menu.Item leftSection={<IconNote size={16} aria-hidden />} onClick={() => editNotes(client, snapshot, words)}>
          {snapshot.notes === '' ? t('snapshots.addNote') : t('snapshots.editNote')}
        </Menu.Item>
      )}
      {can.has('verify') && (
        <Menu.Item
          leftSection={<IconShieldCheck size={16} aria-hidden />}
          onClick={() => {
            client.snapshots.verify({ id: snapshot.id }).then((job) => navigate(`/activity/${job.id}`), showFailure)
          }}
        >
          {t('snapshots.verifyThis')}
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
          {snapshot.protected ? t('snapshots.cannotForget') : t('snapshots.forget')}
        </Menu.Item>
      )}
      {can.size === 0 && <Menu.Label>{t('snapshots.readOnly')}</Menu.Label>}
    </MoreMenu>
  )
}

function editNotes(client: Client, snapshot: Snapshot, words: string): void {
  const modalId = modals.open({
    title: t('snapshots.noteOn', { when: words }),
    children: <NoteForm client={client} snapshot={snapshot} onDone={() => modals.close(modalId)} />,
  })
}

interface NoteFormProps {
  readonly client: Client
  readonly snapshot: Snapshot
  readonly onDone: () => void
}

function NoteForm({ client, snapshot, onDone }: NoteFormProps) {
  const [notes, setNotes] = useState(withoutTags(snapshot.notes))
  const [tags, setTags] = useState([...tagsOf(snapshot.notes)])
  const save = useCommand((text: string) => client.snapshots.setNotes({ id: snapshot.id, notes: text }), {
    done: onDone,
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        // useCommand shows its failure itself
        void save.run(withTags(notes, tags))
      }}
    >
      <Textarea
        label={t('snapshots.note')}
        autosize
        minRows={3}
        maxRows={12}
        maxLength={65_536}
        value={notes}
        onChange={(event) => setNotes(event.currentTarget.value)}
        data-autofocus
      />
      <TagsInput
        mt={12}
        label={t('snapshots.tags')}
        description={t('snapshots.tagsHelp')}
        maxTags={20}
        maxLength={50}
        acceptValueOnBlur
        value={tags}
        onChange={(next) => setTags([...new Set(next.map(cleanTag).filter((tag) => tag !== ''))])}
      />
      <div className="hf-row" style={{ justifyContent: 'flex-end', marginTop: 16 }}>
        <Button onClick={onDone}>{t('common.cancel')}</Button>
        <Button type="submit" variant="filled" loading={save.busy}>
          {t('snapshots.saveNote')}
        </Button>
      </div>
    </form>
  )
}
