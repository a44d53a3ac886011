import { Badge, Button, Menu, Tabs } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import {
  IconCircleCheck,
  IconCloudOff,
  IconLock,
  IconLockAccess,
  IconPencil,
  IconPlayerEject,
  IconRefresh,
  IconShieldCheck,
  IconTrash,
} from '@tabler/icons-react'
import { useNavigate } from 'react-router'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import { t, type WordKey } from '../../i18n/translate.ts'
import { useApp } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { isBucket } from '../../ui/bucket-address.ts'
import { CopyIcon } from '../../ui/CopyCommand.tsx'
import { confirm } from '../../ui/confirm.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { MoreMenu } from '../../ui/MoreMenu.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { hasSecret } from '../../ui/repository-address.ts'
import { changeCredentials } from './ChangeCredentials.tsx'
import { Groups } from './Groups.tsx'
import { Maintenance } from './Maintenance.tsx'
import { PruneSimulation } from './PruneSimulation.tsx'
import { renameRepository } from './RenameRepository.tsx'
import { RepositoryFigures } from './RepositoryFigures.tsx'
import { RepositoryKey } from './RepositoryKey.tsx'
import { ServerTasks } from './ServerTasks.tsx'
import { SpaceMap } from './SpaceMap.tsx'
import { UsageChart } from './UsageChart.tsx'

export function RepositoryDetail({ state }: { readonly state: RepositoryState }) {
  const { repository, capabilities, error, reachable } = state
  const app = useApp()
  return (
    <section className="hf-page" aria-label={repository.name}>
      <PageHeader
        title={repository.name}
        beside={<Badges state={state} />}
        sub={
          <>
            <span className="hf-mono">{repository.address}</span>
            <CopyIcon value={repository.address} label={t('repositories.copyAddress')} />
            <span>{t(`ui.repository_${repository.kind}`)}</span>
          </>
        }
        actions={<Actions state={state} />}
      />
      <Tabs defaultValue="overview" keepMounted={false} style={{ display: 'contents' }}>
        <Tabs.List px={12} style={{ flex: 'none' }}>
          <Tabs.Tab value="overview">{t('common.overview')}</Tabs.Tab>
          <Tabs.Tab value="groups">
            {capabilities.includes('namespaces') ? t('repositories.namespacesAndGroups') : t('repositories.groups')}
          </Tabs.Tab>
          <Tabs.Tab value="keys">{t('repositories.key')}</Tabs.Tab>
          {capabilities.includes('tasks') && <Tabs.Tab value="tasks">{t('repositories.tasks')}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="overview" className="hf-scroll">
          <div className="hf-repo-body">
            {reachable === false && error !== undefined && (
              <ErrorState failure={{ ...error, hint: error.hint }} onRetry={app.repositories.reload} />
            )}
            {isLockedOut(state) && (
              <div>
                <Button
                  variant="filled"
                  leftSection={<IconLockAccess size={16} stroke={1.75} aria-hidden />}
                  onClick={() => changeCredentials(repository, app.repositories.reload)}
                >
                  {error?.code === 'auth/untrusted'
                    ? t('repositories.compareCertificate')
                    : t(isBucket(repository.address) ? 'repositories.enterKeys' : 'repositories.enterPassword')}
                </Button>
              </div>
            )}
            <RepositoryFigures state={state} />
            <div className="hf-two">
              <div className="hf-two-column">
                {capabilities.includes('usage') && <UsageChart id={repository.id} />}
                <SpaceMap key={repository.id} id={repository.id} isMeasurable={capabilities.includes('space')} />
                <Maintenance state={state} />
              </div>
              {capabilities.includes('prune') && <PruneSimulation id={repository.id} name={repository.name} />}
            </div>
          </div>
        </Tabs.Panel>
        <Tabs.Panel value="groups" className="hf-scroll">
          <Groups state={state} />
        </Tabs.Panel>
        <Tabs.Panel value="tasks" className="hf-scroll">
          <ServerTasks repositoryId={repository.id} />
        </Tabs.Panel>
        <Tabs.Panel value="keys" className="hf-scroll">
          <RepositoryKey state={state} />
        </Tabs.Panel>
      </Tabs>
    </section>
  )
}

/** It answers, but not with these credentials, or it shows another certificate: only a person can go on from there. */
function isLockedOut({ reachable, error }: RepositoryState): boolean {
  return reachable === false && (error?.code === 'auth/untrusted' || error?.code === 'auth/denied')
}

/** What stands between here and a repository that answers, in a few words. */
function refusalOf({ error, repository }: RepositoryState): WordKey {
  if (error?.code === 'auth/untrusted') return 'repositories.otherCertificate'
  if (error?.code !== 'auth/denied') return 'repositories.doesNotAnswer'
  return isBucket(repository.address) ? 'repositories.accessRefused' : 'repositories.passwordRefused'
}

function Badges({ state }: { readonly state: RepositoryState }) {
  const { reachable, repository } = state
  return (
    <>
      {reachable === true && (
        <Badge color="green" leftSection={<IconCircleCheck size={12} aria-hidden />}>
          {t('repositories.connected')}
        </Badge>
      )}
      {reachable === false && (
        <Badge color="yellow" leftSection={<IconCloudOff size={12} aria-hidden />}>
          {t(refusalOf(state))}
        </Badge>
      )}
      {repository.keyId !== undefined && (
        <Badge color="gray" leftSection={<IconLock size={12} aria-hidden />}>
          {t('repositories.encrypted')}
        </Badge>
      )}
    </>
  )
}

function Actions({ state: { repository, capabilities, snapshots } }: { readonly state: RepositoryState }) {
  const { client, repositories } = useApp()
  const navigate = useNavigate()
  const verify = useCommand(async () => {
    await navigate(`/activity/${(await client.repositories.verify({ id: repository.id })).id}`)
  })
  const index = useCommand(async () => {
    await navigate(`/activity/${(await client.repositories.index({ id: repository.id })).id}`)
  })
  const removable = useQuery(['removable', repository.id], (api, signal) =>
    api.repositories.removable({ id: repository.id }, { signal }),
  )
  const eject = useCommand(async () => {
    await client.repositories.eject({ id: repository.id })
    notifications.show({ message: t('repositories.ejected', { name: repository.name }) })
  })
  const remove = useCommand(async () => {
    const sure = await confirm({
      title: t('repositories.disconnectThis', { name: repository.name }),
      children: t('repositories.disconnectText', { snapshots }),
      confirm: t('repositories.disconnectOne'),
    })
    if (!sure) return
    await client.repositories.remove({ id: repository.id })
    repositories.reload()
    await navigate('/repositories')
  })
  return (
    <>
      {capabilities.includes('verify') && (
        <Button
          leftSection={<IconShieldCheck size={16} stroke={1.75} aria-hidden />}
          loading={verify.busy}
          onClick={() => verify.run()}
        >
          {t('repositories.verifyNow')}
        </Button>
      )}
      <MoreMenu isInHead>
        <Menu.Item
          leftSection={<IconPencil size={16} aria-hidden />}
          onClick={() => renameRepository(repository, repositories.reload)}
        >
          {t('repositories.rename')}
        </Menu.Item>
        {hasSecret(repository.address) && (
          <Menu.Item
            leftSection={<IconLockAccess size={16} aria-hidden />}
            onClick={() => changeCredentials(repository, repositories.reload)}
          >
            {t(isBucket(repository.address) ? 'repositories.changeKeys' : 'repositories.changePassword')}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconRefresh size={16} aria-hidden />} onClick={() => index.run()}>
          {t('repositories.readIntoCatalog')}
        </Menu.Item>
        {removable.state === 'ready' && removable.value.disk !== undefined && (
          <Menu.Item leftSection={<IconPlayerEject size={16} aria-hidden />} onClick={() => eject.run()}>
            {t('repositories.eject')}
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item className="hf-bad" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => remove.run()}>
          {t('repositories.disconnect')}
        </Menu.Item>
      </MoreMenu>
    </>
  )
}
