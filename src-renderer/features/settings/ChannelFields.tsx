import { NumberInput, PasswordInput, Select, TagsInput, TextInput } from '@mantine/core'
import { t } from '../../i18n/translate.ts'
import { type ChannelDraft, withSecurity } from './channel-draft.ts'

export interface ChannelFieldsProps {
  readonly draft: ChannelDraft
  readonly onChange: (draft: ChannelDraft) => void
  readonly secret: string
  readonly onSecret: (secret: string) => void
}

/** What a kind of channel needs to reach its place. */
export function ChannelFields(props: ChannelFieldsProps) {
  return props.draft.kind === 'email' ? <MailFields {...props} /> : <WebFields {...props} />
}

function MailFields({ draft, onChange, secret, onSecret }: ChannelFieldsProps) {
  return (
    <>
      <TagsInput
        label={t('trust.to')}
        description={t('trust.toHelp')}
        size="sm"
        type="email"
        data-autofocus
        acceptValueOnBlur
        maxTags={20}
        splitChars={[',', ' ', ';']}
        placeholder={draft.to.length === 0 ? 'you@example.org' : ''}
        value={[...draft.to]}
        onChange={(to) => onChange({ ...draft, to })}
      />
      <TextInput
        label={t('trust.from')}
        placeholder="backup@example.org"
        maxLength={320}
        value={draft.from}
        onChange={(event) => onChange({ ...draft, from: event.currentTarget.value })}
      />
      <div className="hf-row" style={{ gap: 12, alignItems: 'flex-end' }}>
        <TextInput
          className="hf-grow"
          label={t('trust.mailServer')}
          placeholder="mail.example.org"
          maxLength={255}
          value={draft.host}
          onChange={(event) => onChange({ ...draft, host: event.currentTarget.value })}
        />
        <Select
          label={t('trust.security')}
          w={170}
          data={(['starttls', 'tls', 'none'] as const).map((value) => ({ value, label: t(`trust.security_${value}`) }))}
          value={draft.security}
          onChange={(value) => value !== null && onChange(withSecurity(draft, value))}
        />
        <NumberInput
          label={t('trust.port')}
          w={90}
          min={1}
          max={65_535}
          allowDecimal={false}
          thousandSeparator=""
          value={draft.port}
          onChange={(port) => onChange({ ...draft, port })}
        />
      </div>
      <div className="hf-row" style={{ gap: 12, alignItems: 'flex-start' }}>
        <TextInput
          className="hf-grow"
          label={t('trust.user')}
          description={t('trust.userHelp')}
          autoComplete="off"
          maxLength={320}
          value={draft.user}
          onChange={(event) => onChange({ ...draft, user: event.currentTarget.value })}
        />
        <div className="hf-grow">
          <Secret label={t('trust.secret_email')} isNew={draft.id === undefined} value={secret} onChange={onSecret} />
        </div>
      </div>
    </>
  )
}

const examples = {
  webhook: 'https://example.org/hooks/backup',
  ntfy: 'https://ntfy.sh/my-backups',
  healthchecks: 'https://hc-ping.com/…',
} as const

function WebFields({ draft, onChange, secret, onSecret }: ChannelFieldsProps) {
  const { kind } = draft
  if (kind === 'email') return null
  return (
    <>
      <TextInput
        label={t(`trust.url_${kind}`)}
        placeholder={examples[kind]}
        classNames={{ input: 'hf-mono' }}
        data-autofocus
        maxLength={2048}
        value={draft.url}
        onChange={(event) => onChange({ ...draft, url: event.currentTarget.value })}
      />
      {kind !== 'healthchecks' && (
        <Secret label={t(`trust.secret_${kind}`)} isNew={draft.id === undefined} value={secret} onChange={onSecret} />
      )}
    </>
  )
}

interface SecretProps {
  readonly label: string
  readonly isNew: boolean
  readonly value: string
  readonly onChange: (value: string) => void
}

function Secret({ label, isNew, value, onChange }: SecretProps) {
  return (
    <PasswordInput
      label={label}
      description={isNew ? t('trust.secretOptional') : t('trust.secretKept')}
      autoComplete="new-password"
      maxLength={4096}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
