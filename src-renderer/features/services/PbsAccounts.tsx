import { Button, Menu, VisuallyHidden } from '@mantine/core'
import { IconUserPlus } from '@tabler/icons-react'
import { Trans } from 'react-i18next'
import type { Accounts } from '../../../src-shared/contract/accounts.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { type LiveQuery, useQuery } from '../../state/use-query.ts'
import { confirm } from '../../ui/confirm.tsx'
import { MoreMenu } from '../../ui/MoreMenu.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { addAccount, addToken, grantRole } from './account-dialogs.tsx'

/** Who may use the Proxmox Backup server, and for what. */
export function PbsAccounts({ offered }: { readonly offered: readonly string[] }) {
  const accounts = useQuery(['accounts'], (client, signal) => client.accounts.list(undefined, { signal }))
  return (
    <section aria-labelledby="accounts">
      <div className="hf-row" style={{ marginBottom: 8 }}>
        <h2 id="accounts" className="hf-h4 hf-grow">
          {t('services.accounts')}
        </h2>
        <Button
          leftSection={<IconUserPlus size={16} stroke={1.75} aria-hidden />}
          onClick={() => addAccount(offered, accounts.reload)}
        >
          {t('services.addAccount')}
        </Button>
      </div>
      <QueryView query={accounts} onRetry={accounts.reload}>
        {(value) => <AccountTable accounts={value} offered={offered} reload={accounts.reload} />}
      </QueryView>
    </section>
  )
}

interface AccountTableProps {
  readonly accounts: Accounts
  readonly offered: readonly string[]
  readonly reload: LiveQuery<Accounts>['reload']
}

function AccountTable({ accounts: { users, tokens, rights }, offered, reload }: AccountTableProps) {
  const ids = users.flatMap(({ userId }) => [
    userId,
    ...tokens.map(({ authId }) => authId).filter((authId) => authId.startsWith(`${userId}!`)),
  ])
  if (ids.length === 0) return <p className="hf-2">{t('services.nobodyYet')}</p>
  return (
    <table className="hf-server-table">
      <thead>
        <tr>
          <th scope="col">{t('common.name')}</th>
          <th scope="col">{t('services.may')}</th>
          <th scope="col">
            <VisuallyHidden>{t('services.actions')}</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {ids.map((id) => (
          <tr key={id}>
            <td className="hf-mono">{id}</td>
            <td>
              {rights.filter(({ authId }) => authId === id).length === 0 && (
                <span className="hf-3">{t('services.nothingYet')}</span>
              )}
              {rights
                .filter(({ authId }) => authId === id)
                .map(({ role, path }) => (
                  <div key={`${role} ${path}`}>
                    <Trans
                      i18nKey="services.roleAt"
                      values={{ role }}
                      components={{ dim: <span className="hf-2" />, path: <span className="hf-mono">{path}</span> }}
                    />
                  </div>
                ))}
            </td>
            <td style={{ width: 40 }}>
              <AccountMenu
                id={id}
                rights={rights.filter(({ authId }) => authId === id)}
                offered={offered}
                reload={reload}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface AccountMenuProps {
  readonly id: string
  readonly rights: Accounts['rights']
  readonly offered: readonly string[]
  readonly reload: () => void
}

function AccountMenu({ id, rights, offered, reload }: AccountMenuProps) {
  const client = useClient()
  const isToken = id.includes('!')
  const remove = useCommand(
    () => (isToken ? client.accounts.removeToken({ authId: id }) : client.accounts.removeUser({ userId: id })),
    { done: reload },
  )
  const revoke = useCommand(
    (right: Accounts['rights'][number]) =>
      client.accounts.revoke({ authId: right.authId, role: right.role, path: right.path }),
    { done: reload },
  )
  const ask = async () => {
    const isSure = await confirm({
      title: t('services.removeThis', { name: id }),
      children: isToken ? t('services.removeTokenText') : t('services.removeAccountText'),
      confirm: isToken ? t('services.removeToken') : t('services.removeAccount'),
    })
    if (isSure) await remove.run()
  }
  return (
    <MoreMenu label={t('services.actionsFor', { name: id })}>
      <Menu.Item onClick={() => grantRole(id, offered, reload)}>{t('services.giveRoleMenu')}</Menu.Item>
      {rights.map((right) => (
        <Menu.Item key={`${right.role} ${right.path}`} onClick={() => void revoke.run(right)}>
          {t('services.takeAway', { role: right.role, path: right.path })}
        </Menu.Item>
      ))}
      {!isToken && <Menu.Item onClick={() => addToken(id, offered, reload)}>{t('services.newTokenMenu')}</Menu.Item>}
      <Menu.Item color="var(--hf-bad)" onClick={() => void ask()}>
        {t('services.removeMenu')}
      </Menu.Item>
    </MoreMenu>
  )
}
