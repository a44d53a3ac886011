import { Table } from '@mantine/core'
import { IconStack2 } from '@tabler/icons-react'
import { Link } from 'react-router'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { useApp, useShared } from '../../state/use-app.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { formatCount } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { When } from '../../ui/When.tsx'

/** The backup groups of a repository; each opens in the explorer. */
export function Groups({ id }: { readonly id: RepositoryId }) {
  const app = useApp()
  const lineages = useShared('lineages')
  return (
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
          <Table layout="fixed" highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('repositories.source')}</Table.Th>
                <Table.Th>{t('repositories.namespace')}</Table.Th>
                <Table.Th>{t('repositories.group')}</Table.Th>
                <Table.Th ta="right" w={100}>
                  {t('common.snapshots')}
                </Table.Th>
                <Table.Th w={140}>{t('repositories.newest')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {groups.map((group) => (
                <Table.Tr key={group.id}>
                  <Table.Td>
                    <Link to={`/snapshots/${group.id}`} className="hf-accent">
                      {group.title}
                    </Link>
                  </Table.Td>
                  <Table.Td className="hf-2">
                    {group.namespace === '' ? t('repositories.root') : group.namespace}
                  </Table.Td>
                  <Table.Td>
                    <span className="hf-mono">
                      {group.type}/{group.backupId}
                    </span>
                  </Table.Td>
                  <Table.Td ta="right" className="hf-num">
                    {formatCount(group.snapshots)}
                  </Table.Td>
                  <Table.Td>{group.newest === undefined ? '' : <When at={group.newest} />}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )
      }}
    </QueryView>
  )
}
