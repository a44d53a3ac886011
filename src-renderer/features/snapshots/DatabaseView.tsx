import { Button, Table } from '@mantine/core'
import { IconCopy, IconFileExport, IconFileText, IconPlayerPlay, IconServer, IconTable } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { useNavigate } from 'react-router'
import type { DatabaseSummary } from '../../../src-shared/contract/databases.ts'
import { mysqlFactsName } from '../../../src-shared/model/mysql-source.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { formatBytes, formatCount, formatCounted, formatMoment } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { askForRestore, type DatabaseWish } from './DatabaseRestore.tsx'

const TABLES_A_PAGE = 200

export function holdsDatabase({ archives }: Snapshot): boolean {
  return archives.some(({ filename }) => filename === `${mysqlFactsName}.blob`)
}

interface DatabaseViewProps {
  readonly snapshot: Snapshot
  readonly now: number
}

/** A database server as a snapshot holds it: what it is, its databases, their tables, and what can become of it. */
export function DatabaseView({ snapshot, now }: DatabaseViewProps) {
  const summary = useQuery(['databases', snapshot.id], (client, signal) =>
    client.databases.summary({ snapshotId: snapshot.id }, { signal }),
  )
  return (
    <QueryView query={summary} onRetry={summary.reload}>
      {(value) => <Full key={snapshot.id} snapshot={snapshot} summary={value} now={now} />}
    </QueryView>
  )
}

function Full({ snapshot, summary, now }: DatabaseViewProps & { readonly summary: DatabaseSummary }) {
  const navigate = useNavigate()
  const [chosen, setChosen] = useState<string>()
  // What is asked in a dialog stands outside of the routes, so the way to the job begins here.
  const restore = (wish: DatabaseWish) =>
    askForRestore(snapshot.id, wish, (job) => void navigate(`/activity/${job.id}`))
  const { databases, problem } = summary
  const origin = useOrigin(snapshot)
  const database = databases.find(({ name }) => name === chosen) ?? firstOfPeople(databases)
  const actions = [
    [t('databases.start'), IconPlayerPlay, 'server'],
    [t('databases.copy'), IconCopy, 'data-folder'],
    [t('databases.export'), IconFileExport, 'xbstream'],
  ] as const
  return (
    <div className="hf-databases">
      <Facts summary={summary} now={now} />
      {problem !== undefined && (
        <p className="hf-bad" role="alert" style={{ padding: '0 16px' }}>
          {t('databases.cannotRestore')} {problem}
        </p>
      )}
      <div className="hf-row" style={{ padding: '0 16px' }}>
        {actions.map(([label, Icon, kind]) => (
          <Button
            key={kind}
            variant={kind === 'server' ? 'filled' : 'default'}
            disabled={problem !== undefined && kind !== 'xbstream'}
            leftSection={<Icon size={16} stroke={1.75} aria-hidden />}
            onClick={() => restore({ kind, isWhole: problem === undefined })}
          >
            {label}
          </Button>
        ))}
        {origin !== undefined && (
          <Button
            variant="default"
            disabled={problem !== undefined}
            leftSection={<IconServer size={16} stroke={1.75} aria-hidden />}
            onClick={() => restore({ kind: 'agent', isWhole: problem === undefined, ...origin })}
          >
            {t('databases.send', { host: origin.connection.host })}
          </Button>
        )}
      </div>
      <div className="hf-databases-lists">
        <nav className="hf-databases-names" aria-label={t('databases.databases')}>
          {databases.map((each) => (
            <button
              key={each.name}
              type="button"
              aria-current={each === database || undefined}
              onClick={() => setChosen(each.name)}
            >
              <span className="hf-ell hf-mono">{each.name}</span>
              <span className="hf-sm hf-3 hf-num">{formatBytes(each.sizeBytes ?? each.storedBytes)}</span>
            </button>
          ))}
        </nav>
        {database !== undefined && (
          <Tables
            key={database.name}
            snapshot={snapshot}
            name={database.name}
            total={database.tables}
            canDump={problem === undefined}
            onDump={restore}
          />
        )}
      </div>
    </div>
  )
}

/** The agent that the snapshot came from, by its plan. */
function useOrigin({ planId }: Snapshot) {
  const source = useSharedValue('plans')?.find(({ plan }) => plan.id === planId)?.plan.source
  if (source?.kind !== 'mysql' || source.connection.via === 'local') return undefined
  const { connection, secretId } = source
  return { connection, ...(secretId === undefined ? {} : { secretId }) }
}

/** The server's own databases come after those somebody made. */
function firstOfPeople(databases: DatabaseSummary['databases']) {
  const own = new Set(['mysql', 'sys', 'performance_schema', 'information_schema'])
  return databases.find(({ name }) => !own.has(name)) ?? databases[0]
}

function Facts({ summary, now }: { readonly summary: DatabaseSummary; readonly now: number }) {
  const { server, level, fromLsn, toLsn, binlog, chain } = summary
  const links = chain.map(({ at, level: one }) => {
    const when = formatMoment(at, now)
    return one === 'full' ? t('databases.chainFull', { when }) : t('databases.chainIncremental', { when })
  })
  const rows: readonly (readonly [string, ReactNode])[] = [
    [t('databases.server'), server.version],
    [t('databases.level'), level === 'full' ? t('databases.full') : t('databases.incremental')],
    [t('databases.lsn'), level === 'full' ? toLsn : t('databases.lsnRange', { from: fromLsn, to: toLsn })],
    ...(binlog === undefined
      ? []
      : [[t('databases.binlog'), t('databases.binlogAt', { file: binlog.file, position: binlog.position })] as const]),
    ...(binlog?.gtid === undefined || binlog.gtid === '' ? [] : [[t('databases.gtid'), binlog.gtid] as const]),
    ...(links.length > 1 ? [[t('databases.chain'), links.join(', ')] as const] : []),
  ]
  return (
    <dl className="hf-databases-facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt className="hf-sm hf-2">{name}</dt>
          <dd className="hf-num">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

interface TablesProps {
  readonly snapshot: Snapshot
  readonly name: string
  readonly total: number
  readonly canDump: boolean
  readonly onDump: (wish: DatabaseWish) => void
}

function Tables({ snapshot, name, total, canDump, onDump }: TablesProps) {
  const [limit, setLimit] = useState(TABLES_A_PAGE)
  const page = useQuery(
    ['tables', snapshot.id, name, limit],
    (client, signal) =>
      client.databases.tables({ snapshotId: snapshot.id, database: name, limit: Math.min(limit, 1000) }, { signal }),
    { keep: true },
  )
  if (total === 0) {
    return (
      <EmptyState icon={IconTable} title={t('databases.noTables')}>
        {t('databases.noTablesText')}
      </EmptyState>
    )
  }
  return (
    <div className="hf-databases-tables">
      <QueryView query={page} onRetry={page.reload}>
        {({ tables }) => (
          <>
            <Table stickyHeader aria-label={t('databases.tablesOf', { name })}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('databases.table')}</Table.Th>
                  <Table.Th>{t('databases.engine')}</Table.Th>
                  <Table.Th ta="right">{t('databases.size')}</Table.Th>
                  <Table.Th ta="right">{t('databases.stored')}</Table.Th>
                  <Table.Th />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {tables.map((table) => (
                  <Table.Tr key={table.name}>
                    <Table.Td className="hf-mono">{table.name}</Table.Td>
                    <Table.Td>{table.engine}</Table.Td>
                    <Table.Td ta="right" className="hf-num">
                      {table.sizeBytes === undefined ? '' : formatBytes(table.sizeBytes)}
                    </Table.Td>
                    <Table.Td ta="right" className="hf-num">
                      {formatBytes(table.storedBytes)}
                    </Table.Td>
                    <Table.Td ta="right">
                      <Button
                        size="compact-sm"
                        variant="subtle"
                        disabled={!canDump}
                        aria-label={t('databases.dump', { name: table.name })}
                        leftSection={<IconFileText size={14} stroke={1.75} aria-hidden />}
                        onClick={() => onDump({ kind: 'dump', database: name, table: table.name, isWhole: true })}
                      >
                        {t('databases.sql')}
                      </Button>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            {tables.length < total && limit < 1000 && (
              <Button variant="subtle" onClick={() => setLimit(1000)}>
                {t('databases.moreTables', { n: formatCount(Math.min(total, 1000) - tables.length) })}
              </Button>
            )}
            <p className="hf-sm hf-3 hf-num" style={{ padding: 8 }}>
              {formatCounted(total, 'table')}
            </p>
          </>
        )}
      </QueryView>
    </div>
  )
}
