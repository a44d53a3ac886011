import { ActionIcon, Button, Switch, Tooltip } from '@mantine/core'
import { IconBellRinging, IconHeartbeat, IconMail, IconPencil, IconTrash, IconWebhook } from '@tabler/icons-react'
import type { ChannelState } from '../../../src-shared/model/channel.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { confirm } from '../../ui/confirm.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { StatusIcon } from '../../ui/Status.tsx'
import { When } from '../../ui/When.tsx'
import { editChannel } from './ChannelEditor.tsx'
import type { ChannelKind } from './channel-draft.ts'

const icons = {
  email: IconMail,
  webhook: IconWebhook,
  ntfy: IconBellRinging,
  healthchecks: IconHeartbeat,
} satisfies Record<ChannelKind, typeof IconMail>

/** Who else hears what happened, and how the last message fared. */
export function ChannelList() {
  const channels = useQuery(['channels'], (client, signal) => client.channels.list(undefined, { signal }), {
    areas: ['settings'],
  })
  return (
    <section aria-labelledby="channels" style={{ marginTop: 24 }}>
      <div className="hf-section-head">
        <h2 id="channels" className="hf-h4 hf-grow">
          {t('trust.elsewhere')}
        </h2>
        <Button onClick={() => editChannel(undefined, channels.reload)}>{t('trust.addChannel')}</Button>
      </div>
      <div className="hf-card">
        <QueryView query={channels} onRetry={channels.reload}>
          {(list) =>
            list.length === 0 ? (
              <EmptyState icon={IconMail} title={t('trust.noChannels')}>
                {t('trust.noChannelsHelp')}
              </EmptyState>
            ) : (
              list.map((state) => <ChannelRow key={state.channel.id} state={state} onChanged={channels.reload} />)
            )
          }
        </QueryView>
      </div>
    </section>
  )
}

function ChannelRow({ state, onChanged }: { readonly state: ChannelState; readonly onChanged: () => void }) {
  const client = useClient()
  const { channel, last } = state
  const { name } = channel
  const Icon = icons[channel.target.kind]
  const save = useCommand((isOn: boolean) => client.channels.save({ channel: { ...channel, isOn } }), {
    done: onChanged,
  })
  const remove = useCommand(async () => {
    const sure = await confirm({
      title: t('trust.removeChannelSure', { name }),
      children: t('trust.removeChannelHelp'),
      confirm: t('trust.removeChannel', { name }),
    })
    if (!sure) return
    await client.channels.remove({ id: channel.id })
    onChanged()
  })
  return (
    <article className="hf-channel" aria-label={name}>
      <Icon size={18} stroke={1.75} className="hf-3" aria-hidden />
      <div className="hf-grow">
        <p>
          <span className="hf-med">{name}</span>{' '}
          <span className="hf-sm hf-3">{t(`trust.kind_${channel.target.kind}`)}</span>
        </p>
        <p className="hf-sm hf-2 hf-channel-last">
          {last === undefined ? (
            t('trust.notSentYet')
          ) : (
            <>
              <StatusIcon kind={last.isOk ? 'good' : 'failed'} size={14} />
              <span title={last.sentence} className="hf-channel-words">
                {last.sentence}
              </span>
              <span className="hf-3">
                <When at={last.at} />
              </span>
            </>
          )}
        </p>
      </div>
      <Switch
        aria-label={t('trust.channelOn', { name })}
        checked={channel.isOn}
        onChange={(event) => void save.run(event.currentTarget.checked)}
      />
      <Tooltip label={t('trust.editChannel', { name })}>
        <ActionIcon aria-label={t('trust.editChannel', { name })} onClick={() => editChannel(channel, onChanged)}>
          <IconPencil size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t('trust.removeChannel', { name })}>
        <ActionIcon
          aria-label={t('trust.removeChannel', { name })}
          loading={remove.busy}
          onClick={() => void remove.run()}
        >
          <IconTrash size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </article>
  )
}
