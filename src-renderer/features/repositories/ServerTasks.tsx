import { Button, Table } from '@mantine/core'
import { IconListDetails } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import type { ServerTask } from '../../../src-shared/contract/server-tasks.ts'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { useStream } from '../../state/use-stream.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { When } from '../../ui/When.tsx'

const LOOK_EVERY_MS = 5000
/** Of a log; the server keeps the rest. */
const MOST_LINES = 5000

/** What runs and ran on the server of a repository, whoever started it, each with its log as it grows. */
export function ServerTasks({ repositoryId }: { readonly repositoryId: RepositoryId }) {
  const [chosen, setChosen] = useState<string>()
  const tasks = useQuery(
    ['server-tasks', repositoryId],
    (client, signal) => client.serverTasks.list({ repositoryId }, { signal }),
    { areas: ['repositories', 'snapshots'], keep: true },
  )
  const { reload } = tasks
  useEffect(() => {
    const timer = setInterval(reload, LOOK_EVERY_MS)
    return () => clearInterval(timer)
  }, [reload])
  return (
    <QueryView query={tasks} onRetry={reload}>
      {(list) => {
        if (list.length === 0) {
          return (
            <EmptyState icon={IconListDetails} title={t('repositories.noTasks')}>
              {t('repositories.noTasksText')}
            </EmptyState>
          )
        }
        const task = list.find(({ id }) => id === chosen)
        return (
          <>
            <Table layout="fixed" highlightOnHover>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('repositories.task')}</Table.Th>
                  <Table.Th>{t('repositories.taskUser')}</Table.Th>
                  <Table.Th w={140}>{t('repositories.taskStarted')}</Table.Th>
                  <Table.Th>{t('repositories.taskState')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {list.map((each) => (
                  <Row key={each.id} task={each} isChosen={each.id === chosen} onChoose={() => setChosen(each.id)} />
                ))}
              </Table.Tbody>
            </Table>
            {task !== undefined && <TaskLog repositoryId={repositoryId} task={task} onStopped={reload} />}
          </>
        )
      }}
    </QueryView>
  )
}

interface RowProps {
  readonly task: ServerTask
  readonly isChosen: boolean
  readonly onChoose: () => void
}

function Row({ task: { kind, about, user, startedAt, endedAt, status }, isChosen, onChoose }: RowProps) {
  const isGood = status === 'OK'
  return (
    <Table.Tr aria-selected={isChosen}>
      <Table.Td>
        <Button size="compact-sm" variant="subtle" color="gray" onClick={onChoose}>
          <span className="hf-mono hf-ell">
            {kind} {about}
          </span>
        </Button>
      </Table.Td>
      <Table.Td className="hf-mono hf-ell">{user}</Table.Td>
      <Table.Td>
        <When at={startedAt} />
      </Table.Td>
      <Table.Td className={endedAt === undefined || isGood ? 'hf-2 hf-ell' : 'hf-warn hf-ell'}>
        {endedAt === undefined ? t('repositories.taskRuns') : isGood ? t('repositories.taskGood') : status}
      </Table.Td>
    </Table.Tr>
  )
}

interface TaskLogProps {
  readonly repositoryId: RepositoryId
  readonly task: ServerTask
  readonly onStopped: () => void
}

function TaskLog({ repositoryId, task: { id, kind, about, endedAt }, onStopped }: TaskLogProps) {
  const client = useClient()
  const log = useStream<{ readonly lines: readonly string[] }, readonly string[]>({
    key: `${repositoryId} ${id}`,
    open: (api, signal) => api.serverTasks.followLog({ repositoryId, id }, { signal }),
    initial: [],
    apply: (before, { lines }) => [...before, ...lines].slice(-MOST_LINES),
  })
  const stop = useCommand(() => client.serverTasks.stop({ repositoryId, id }), { done: onStopped })
  return (
    <section className="hf-repo-body" aria-label={t('repositories.taskLog', { task: `${kind} ${about}` })}>
      <div className="hf-row">
        <h2 className="hf-h4 hf-grow hf-mono">
          {kind} {about}
        </h2>
        {endedAt === undefined && (
          <Button loading={stop.busy} onClick={() => stop.run()}>
            {t('repositories.stopTask')}
          </Button>
        )}
      </div>
      {log.failure !== undefined && <ErrorState failure={log.failure} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the log scrolls, also by keyboard */}
      <pre className="hf-sunken hf-command" tabIndex={0} style={{ margin: 0, padding: 12, maxHeight: 320 }}>
        {log.state.join('\n')}
      </pre>
    </section>
  )
}
