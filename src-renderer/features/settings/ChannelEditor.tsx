import { Button, Checkbox, MultiSelect, Select, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useState } from 'react'
import { type Channel, channelTarget, occasion } from '../../../src-shared/model/channel.ts'
import { t } from '../../i18n/translate.ts'
import { type Failure, toFailure } from '../../state/failure.ts'
import { useClient, useSharedValue } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { Status } from '../../ui/Status.tsx'
import { ChannelFields } from './ChannelFields.tsx'
import { type ChannelDraft, channelOf, draftOf, newDraft, placeOf, type SavedChannel } from './channel-draft.ts'

const kinds = channelTarget.options.map((option) => option.shape.kind.value)

/** Opens the editor; `channel` absent makes a new one. */
export function editChannel(channel: Channel | undefined, onSaved: () => void): void {
  const id = modals.open({
    title: (
      <span className="hf-h4">
        {channel === undefined ? t('trust.addChannel') : t('trust.editChannel', { name: channel.name })}
      </span>
    ),
    size: 600,
    children: (
      <ChannelEditor
        initial={channel === undefined ? newDraft : draftOf(channel)}
        onSaved={() => {
          modals.close(id)
          onSaved()
        }}
      />
    ),
  })
}

type Tested =
  | { readonly state: 'sending' }
  | { readonly state: 'sent' }
  | { readonly state: 'failed'; failure: Failure }

function ChannelEditor({ initial, onSaved }: { readonly initial: ChannelDraft; readonly onSaved: () => void }) {
  const client = useClient()
  const plans = useSharedValue('plans') ?? []
  const [draft, setDraft] = useState(initial)
  const [secret, setSecret] = useState('')
  const [tested, setTested] = useState<Tested>()
  const channel = channelOf(draft)
  const withSecret = secret === '' ? {} : { secret }
  const change = (next: ChannelDraft) => {
    setDraft(next)
    setTested(undefined)
  }
  const save = useCommand((saved: SavedChannel) => client.channels.save({ channel: saved, ...withSecret }), {
    done: onSaved,
  })
  const test = async (drafted: SavedChannel) => {
    setTested({ state: 'sending' })
    try {
      await client.channels.test({ channel: drafted, ...withSecret })
      setTested({ state: 'sent' })
    } catch (error) {
      setTested({ state: 'failed', failure: toFailure(error) })
    }
  }
  return (
    <form
      style={{ display: 'flex', flexDirection: 'column', gap: 12 }}
      onSubmit={(event) => {
        event.preventDefault()
        if (channel !== undefined) void save.run(channel)
      }}
    >
      <Select
        label={t('trust.kind')}
        description={t(`trust.kindHelp_${draft.kind}`)}
        data={kinds.map((value) => ({ value, label: t(`trust.kind_${value}`) }))}
        value={draft.kind}
        onChange={(kind) => kind !== null && change({ ...draft, kind })}
      />
      <ChannelFields
        draft={draft}
        onChange={change}
        secret={secret}
        onSecret={(value) => {
          setSecret(value)
          setTested(undefined)
        }}
      />
      <TextInput
        label={t('common.name')}
        maxLength={100}
        placeholder={placeOf(draft)}
        value={draft.name}
        onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
      />
      <Checkbox.Group
        label={t('trust.tellsOf')}
        value={[...draft.occasions]}
        onChange={(values) => setDraft({ ...draft, occasions: occasion.options.filter((o) => values.includes(o)) })}
      >
        <div style={{ display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(170px, 1fr))', gap: '8px 16px' }}>
          {occasion.options.map((value) => (
            <Checkbox key={value} value={value} label={t(`trust.occasion_${value}`)} />
          ))}
        </div>
      </Checkbox.Group>
      {plans.length > 0 && (
        <MultiSelect
          label={t('trust.ofPlans')}
          size="sm"
          clearable
          placeholder={draft.planIds.length === 0 ? t('trust.allPlans') : ''}
          data={plans.map(({ plan }) => ({ value: plan.id, label: plan.name }))}
          value={[...draft.planIds]}
          onChange={(planIds) => setDraft({ ...draft, planIds })}
        />
      )}
      <div role="status" style={{ minHeight: 20 }}>
        {tested !== undefined && <Verdict tested={tested} />}
      </div>
      <div className="hf-row" style={{ justifyContent: 'flex-end' }}>
        <Button
          disabled={channel === undefined}
          loading={tested?.state === 'sending'}
          onClick={() => channel !== undefined && void test(channel)}
        >
          {t('trust.sendTest')}
        </Button>
        <Button type="submit" variant="filled" loading={save.busy} disabled={channel === undefined}>
          {t('trust.saveChannel')}
        </Button>
      </div>
    </form>
  )
}

function Verdict({ tested }: { readonly tested: Tested }) {
  switch (tested.state) {
    case 'sending':
      return null
    case 'sent':
      return <Status kind="good">{t('trust.testSent')}</Status>
    case 'failed':
      // The words of the other side are the only ones that say what is wrong there.
      return (
        <>
          <Status kind="failed">{tested.failure.message}</Status>
          {tested.failure.hint !== undefined && <p className="hf-sm hf-2">{tested.failure.hint}</p>}
        </>
      )
  }
}
