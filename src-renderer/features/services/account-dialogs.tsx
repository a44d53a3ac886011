import { PasswordInput, Select, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { type ReactNode, useState } from 'react'
import { Trans } from 'react-i18next'
import { accountRole } from '../../../src-shared/contract/accounts.ts'
import { t, type WordKey } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { CommandForm } from '../../ui/CommandForm.tsx'
import { CopyIcon } from '../../ui/CopyCommand.tsx'

type Role = (typeof accountRole.options)[number]

/** What each role may do, in words; the names are those of Proxmox Backup. */
const roles: readonly { readonly value: Role; readonly label: WordKey }[] = [
  { value: 'DatastoreBackup', label: 'services.roleBackup' },
  { value: 'DatastoreReader', label: 'services.roleReader' },
  { value: 'DatastorePowerUser', label: 'services.rolePowerUser' },
  { value: 'DatastoreAdmin', label: 'services.roleAdmin' },
  { value: 'DatastoreAudit', label: 'services.roleAudit' },
]

interface DialogProps {
  readonly offered: readonly string[]
  readonly onDone: () => void
}

function open(title: string, content: (close: () => void) => ReactNode): void {
  const id = modals.open({
    title,
    size: 480,
    children: content(() => modals.close(id)),
  })
}

/** Asks for name and password, and what the account may do. */
export function addAccount(offered: readonly string[], onDone: () => void): void {
  open(t('services.addAccount'), (close) => (
    <AddAccount
      offered={offered}
      onDone={() => {
        close()
        onDone()
      }}
    />
  ))
}

export function addToken(userId: string, offered: readonly string[], onDone: () => void): void {
  open(t('services.newToken'), () => <AddToken userId={userId} offered={offered} onDone={onDone} />)
}

export function grantRole(authId: string, offered: readonly string[], onDone: () => void): void {
  open(t('services.giveRole'), (close) => (
    <GrantRole
      authId={authId}
      offered={offered}
      onDone={() => {
        close()
        onDone()
      }}
    />
  ))
}

function AddAccount({ offered, onDone }: DialogProps) {
  const client = useClient()
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [right, setRight] = useState(firstRight(offered))
  const userId = `${name.trim()}@pbs`
  const add = useCommand(
    async () => {
      await client.accounts.addUser({ userId, password })
      await client.accounts.grant({ authId: userId, ...right })
    },
    { done: onDone },
  )
  return (
    <CommandForm
      submit={t('services.addAccountSubmit')}
      command={add}
      isReady={name.trim() !== '' && password.length >= 8}
    >
      <TextInput
        label={t('common.name')}
        data-autofocus
        maxLength={60}
        value={name}
        rightSection={<span className="hf-3">@pbs</span>}
        rightSectionWidth={52}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('services.password')}
        description={t('services.passwordHelp')}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <RightFields offered={offered} right={right} onChange={setRight} />
    </CommandForm>
  )
}

function AddToken({ userId, offered, onDone }: DialogProps & { readonly userId: string }) {
  const client = useClient()
  const [name, setName] = useState('')
  const [right, setRight] = useState(firstRight(offered))
  const [made, setMade] = useState<{ authId: string; secret: string }>()
  const add = useCommand(async () => {
    const authId = `${userId}!${name.trim()}`
    const { secret } = await client.accounts.addToken({ authId })
    await client.accounts.grant({ authId, ...right })
    setMade({ authId, secret })
    onDone()
  })
  if (made !== undefined) {
    return (
      <div>
        <p>
          <Trans
            i18nKey="services.tokenSecret"
            components={{ token: <span className="hf-mono">{made.authId}</span> }}
          />
        </p>
        <p className="hf-row" style={{ marginTop: 8 }}>
          <span className="hf-mono" style={{ overflowWrap: 'anywhere' }}>
            {made.secret}
          </span>
          <CopyIcon value={made.secret} label={t('services.copySecret')} />
        </p>
      </div>
    )
  }
  return (
    <CommandForm submit={t('services.makeToken')} command={add} isReady={name.trim() !== ''}>
      <TextInput
        label={t('services.tokenName')}
        description={t('services.tokenNameHelp')}
        data-autofocus
        maxLength={60}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <RightFields offered={offered} right={right} onChange={setRight} />
    </CommandForm>
  )
}

function GrantRole({ authId, offered, onDone }: DialogProps & { readonly authId: string }) {
  const client = useClient()
  const [right, setRight] = useState(firstRight(offered))
  const grant = useCommand(() => client.accounts.grant({ authId, ...right }), { done: onDone })
  return (
    <CommandForm submit={t('services.giveRoleSubmit')} command={grant} isReady>
      <RightFields offered={offered} right={right} onChange={setRight} />
    </CommandForm>
  )
}

interface Right {
  readonly role: Role
  readonly path: string
}

/** Append-only: a new account can neither remove nor overwrite unless somebody says so. */
function firstRight(offered: readonly string[]): Right {
  return { role: 'DatastoreBackup', path: offered[0] === undefined ? '/datastore' : `/datastore/${offered[0]}` }
}

interface RightFieldsProps {
  readonly offered: readonly string[]
  readonly right: Right
  readonly onChange: (right: Right) => void
}

function RightFields({ offered, right, onChange }: RightFieldsProps) {
  const paths = [
    ...offered.map((name) => ({ value: `/datastore/${name}`, label: name })),
    { value: '/datastore', label: t('services.allRepositories') },
  ]
  return (
    <>
      <Select
        label={t('services.may')}
        allowDeselect={false}
        data={roles.map(({ value, label }) => ({ value, label: t(label) }))}
        value={right.role}
        onChange={(value) => onChange({ ...right, role: accountRole.parse(value) })}
      />
      <Select
        label={t('services.in')}
        allowDeselect={false}
        data={paths}
        value={right.path}
        onChange={(value) => value !== null && onChange({ ...right, path: value })}
      />
    </>
  )
}
