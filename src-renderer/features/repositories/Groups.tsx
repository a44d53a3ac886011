import { Table } from '@mantine/core'
import { IconStack2 } from '@tabler/icons-react'
import { Link } from 'react-router'
import type { StoredGroup } from '../../../src-shared/contract/groups.ts'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import type { Lineage } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { useApp, useShared } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { formatCount } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { When } from '../../ui/When.tsx'
import { GroupMenu } from './GroupMenu.tsx'
import { Namespaces } from './Namespaces.tsx'

/** The backup groups of a repository; each opens in the explorer. With whom they belong to, where that is known. */
export function Groups({ state }: { readonly state: RepositoryState }) {
  const { id } = state.repository
  const app = useApp()
  const lineages = useShared('lineages')
  const isKept = state.capabilities.includes('groups')
  const kept = useQuery(['groups', id], (client, signal) => client.groups.list({ repositoryId: id }, { signal }), {
    enabled: isKept,
    areas: ['repositories', 'snapshots'],
    keep: true,
  })
  const stored = isKept && kept.state === 'ready' ? kept.value.groups : []
  return (
    <>
      <QueryView query={lineages} onRetry={app.lineages.reload}>
        {(all) => {
          const groups = all.filter((lineage) => lineage.repositoryId === id)
          if (groups.length === 0) {
            return (
              <EmptyState icon={IconStack2} title={t('repositories.noSnapshots')}>
                {t('repositories.noSnapshotsText')}
              </EmptyState>
            )
          }
          return (
            <Table layout="fixed" highlightOnHover className="hf-page-table">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('repositories.source')}</Table.Th>
                  <Table.Th>{t('repositories.namespace')}</Table.Th>
                  <Table.Th>{t('repositories.group')}</Table.Th>
                  {isKept && <Table.Th>{t('repositories.owner')}</Table.Th>}
                  <Table.Th ta="right" w={100}>
                    {t('common.snapshots')}
                  </Table.Th>
                  <Table.Th w={140}>{t('repositories.newest')}</Table.Th>
                  {isKept && <Table.Th w={48} aria-label={t('common.more')} />}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {groups.map((group) => (
                  <Row key={group.id} lineage={group} stored={find(stored, group)} isKept={isKept} state={state} />
                ))}
              </Table.Tbody>
            </Table>
          )
        }}
      </QueryView>
      {isKept && <Namespaces repositoryId={id} kept={kept} />}
    </>
  )
}

interface RowProps {
  readonly lineage: Lineage
  readonly stored: StoredGroup | undefined
  readonly isKept: boolean
  readonly state: RepositoryState
}

function Row({ lineage, stored, isKept, state }: RowProps) {
  return (
    <Table.Tr>
      <Table.Td>
        <Link to={`/snapshots/${lineage.id}`} className="hf-accent">
          {lineage.title}
        </Link>
        {stored !== undefined && stored.notes !== '' && (
          <div className="hf-sm hf-2 hf-ell">{stored.notes.split('\n', 1)[0]}</div>
        )}
      </Table.Td>
      <Table.Td className="hf-2">{lineage.namespace === '' ? t('repositories.root') : lineage.namespace}</Table.Td>
      <Table.Td>
        <span className="hf-mono">
          {lineage.type}/{lineage.backupId}
        </span>
      </Table.Td>
      {isKept && <Table.Td className="hf-mono hf-ell">{stored?.owner}</Table.Td>}
      <Table.Td ta="right" className="hf-num">
        {formatCount(lineage.snapshots)}
      </Table.Td>
      <Table.Td>{lineage.newest === undefined ? '' : <When at={lineage.newest} />}</Table.Td>
      {isKept && (
        <Table.Td>{stored !== undefined && <GroupMenu repositoryId={state.repository.id} group={stored} />}</Table.Td>
      )}
    </Table.Tr>
  )
}

function find(groups: readonly StoredGroup[], { namespace, type, backupId }: Lineage): StoredGroup | undefined {
  return groups.find((group) => group.namespace === namespace && group.type === type && group.backupId === backupId)
}
