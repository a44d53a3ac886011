import { ActionIcon, Button, MultiSelect, TextInput } from '@mantine/core'
import { IconTrash, IconUserPlus } from '@tabler/icons-react'
import { type CouchbasePrivilege, couchbasePrivilege, type ServerConfig } from '../../../src-shared/model/server.ts'
import { t } from '../../i18n/translate.ts'
import { KeptPassword } from './ServerForm.tsx'

type Users = Extract<ServerConfig, { kind: 'couchbase' }>['moreUsers']

interface CouchbaseUsersProps {
  readonly users: Users
  readonly onChange: (users: Users) => void
  /** What was typed, by user. */
  readonly passwords: Readonly<Record<string, string>>
  readonly onPassword: (name: string, password: string) => void
}

/** Who else may log in, and for what. Certificates of the clients' authority name these users too. */
export function CouchbaseUsers({ users, onChange, passwords, onPassword }: CouchbaseUsersProps) {
  const set = (at: number, part: Partial<Users[number]>) =>
    onChange(users.map((user, index) => (index === at ? { ...user, ...part } : user)))
  return (
    <fieldset className="hf-server-users">
      <legend className="hf-med">{t('couchbase.moreUsers')}</legend>
      {users.map((user, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a user has no other name than the one being typed
        <fieldset key={at} aria-label={user.name}>
          <TextInput
            label={t('couchbase.user')}
            description={t('couchbase.moreUserHint')}
            value={user.name}
            onChange={({ currentTarget: { value } }) => set(at, { name: value })}
          />
          <KeptPassword
            label={t('couchbase.password')}
            value={passwords[user.name] ?? ''}
            onChange={(password) => onPassword(user.name, password)}
          />
          <MultiSelect
            label={t('couchbase.may')}
            data={couchbasePrivilege.options.map((value) => ({ value, label: t(`couchbase.may_${value}`) }))}
            value={user.privileges}
            onChange={(chosen) => set(at, { privileges: chosen as CouchbasePrivilege[] })} // of the options above
          />
          <ActionIcon
            size={32}
            aria-label={t('couchbase.removeUser', { name: user.name })}
            onClick={() => onChange(users.toSpliced(at, 1))}
          >
            <IconTrash size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        </fieldset>
      ))}
      <Button
        leftSection={<IconUserPlus size={16} stroke={1.75} aria-hidden />}
        style={{ justifySelf: 'start' }}
        onClick={() => onChange([...users, { name: '', privileges: ['Administrator'] }])}
      >
        {t('couchbase.addUser')}
      </Button>
    </fieldset>
  )
}
