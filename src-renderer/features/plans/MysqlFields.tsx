import { Button, NumberInput, PasswordInput, Select, TagsInput, TextInput } from '@mantine/core'
import { IconPlugConnected } from '@tabler/icons-react'
import { useState } from 'react'
import type { IncrementalPolicy } from '../../../src-shared/model/mysql-source.ts'
import type { PlanSource } from '../../../src-shared/model/source.ts'
import { errorMessage } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { toFailure } from '../../state/failure.ts'
import { useClient } from '../../state/use-app.tsx'
import { formatBytes, formatCounted, formatWeekday } from '../../ui/format.ts'
import { MysqlConnection } from './MysqlConnection.tsx'
import type { StepProps } from './StepFrame.tsx'

type MysqlPlan = Extract<PlanSource, { kind: 'mysql' }>

interface Props extends Pick<StepProps, 'change' | 'secrets' | 'changeSecrets'> {
  readonly source: MysqlPlan
}

/** Which database server, as whom, which databases, and how often all of it. */
export function MysqlFields({ source, change, secrets, changeSecrets }: Props) {
  const [found, setFound] = useState<readonly string[]>([])
  const set = (part: Partial<MysqlPlan>) => change({ source: { ...source, ...part } })
  const secret = (name: 'password' | 'agentSecret', label: string) => (
    <PasswordInput
      label={label}
      {...(source.secretId !== undefined && { description: t('databases.keepsSecret') })}
      autoComplete="off"
      value={secrets[name] ?? ''}
      onChange={({ currentTarget: { value } }) => changeSecrets({ [name]: value })}
    />
  )
  return (
    <div className="hf-mysql-form">
      <MysqlConnection connection={source.connection} onChange={(connection) => set({ connection })} />
      {secret('password', t('databases.password'))}
      {source.connection.via !== 'local' && secret('agentSecret', t('databases.agentSecret'))}
      <TestConnection source={source} secrets={secrets} onFound={setFound} />
      <TagsInput
        label={t('databases.onlyThese')}
        description={t('databases.onlyTheseHelp')}
        data={[...found]}
        value={source.databases}
        onChange={(databases) => set({ databases })}
      />
      <FullWhen policy={source.incremental} onChange={(incremental) => set({ incremental })} />
      <TextInput
        label={t('databases.staging')}
        description={t('databases.stagingHelp')}
        classNames={{ input: 'hf-mono' }}
        value={source.stagingFolder ?? ''}
        onChange={({ currentTarget: { value } }) => {
          const { stagingFolder: _, ...rest } = source
          change({ source: value === '' ? rest : { ...rest, stagingFolder: value } })
        }}
      />
    </div>
  )
}

type Outcome =
  | { readonly state: 'idle' | 'asking' }
  | { readonly state: 'good'; readonly words: string }
  | { readonly state: 'failed'; readonly words: string }

function TestConnection({
  source,
  secrets,
  onFound,
}: Pick<Props, 'source' | 'secrets'> & { readonly onFound: (databases: readonly string[]) => void }) {
  const client = useClient()
  const [outcome, setOutcome] = useState<Outcome>({ state: 'idle' })
  const test = async (): Promise<void> => {
    setOutcome({ state: 'asking' })
    try {
      const { connection, secretId } = source
      const { version, databases, missingRights } = await client.databases.test({
        connection,
        secrets: Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== '')),
        ...(secretId !== undefined && { secretId }),
      })
      onFound(databases.map(({ name }) => name))
      const sum = (field: 'tables' | 'sizeBytes') => databases.reduce((total, each) => total + each[field], 0)
      const answered = t('databases.answered', {
        version,
        tables: formatCounted(sum('tables'), 'table'),
        databases: formatCounted(databases.length, 'database'),
        bytes: formatBytes(sum('sizeBytes')),
      })
      setOutcome(
        missingRights.length === 0
          ? { state: 'good', words: answered }
          : { state: 'failed', words: `${answered} ${t('databases.lacks', { rights: missingRights.join(', ') })}` },
      )
    } catch (error) {
      const failure = toFailure(error)
      setOutcome({ state: 'failed', words: [errorMessage(failure), failure.hint].filter(Boolean).join(' ') })
    }
  }
  return (
    <div className="hf-row" style={{ alignItems: 'flex-start' }}>
      <Button
        loading={outcome.state === 'asking'}
        leftSection={<IconPlugConnected size={16} stroke={1.75} aria-hidden />}
        onClick={() => void test()}
      >
        {t('databases.test')}
      </Button>
      <span
        role="status"
        className={outcome.state === 'failed' ? 'hf-bad hf-sm' : 'hf-2 hf-sm'}
        style={{ paddingTop: 6 }}
      >
        {outcome.state === 'asking' ? t('databases.testing') : 'words' in outcome ? outcome.words : ''}
      </span>
    </div>
  )
}

/** A Sunday; the days after it have the numbers that the policy has. */
const sunday = new Date(2024, 0, 7).getTime()
const days = [1, 2, 3, 4, 5, 6, 0]

interface FullWhenProps {
  readonly policy: IncrementalPolicy
  readonly onChange: (policy: IncrementalPolicy) => void
}

function FullWhen({ policy, onChange }: FullWhenProps) {
  return (
    <div className="hf-row" style={{ alignItems: 'flex-end' }}>
      <Select
        label={t('databases.fullWhen')}
        style={{ flex: 2 }}
        allowDeselect={false}
        data={[
          { value: 'weekly', label: t('databases.fullWeekly') },
          { value: 'fullEvery', label: t('databases.fullEvery') },
          { value: 'never', label: t('databases.fullAlways') },
        ]}
        value={policy.kind}
        onChange={(value) =>
          onChange(
            value === 'weekly'
              ? { kind: 'weekly', weekday: 0 }
              : value === 'fullEvery'
                ? { kind: 'fullEvery', runs: 7 }
                : { kind: 'never' },
          )
        }
      />
      {policy.kind === 'weekly' && (
        <Select
          label={t('databases.fullDay')}
          style={{ flex: 1 }}
          allowDeselect={false}
          data={days.map((day) => ({ value: String(day), label: formatWeekday(sunday + day * 86_400_000, 'long') }))}
          value={String(policy.weekday)}
          onChange={(value) => onChange({ kind: 'weekly', weekday: Number(value) })}
        />
      )}
      {policy.kind === 'fullEvery' && (
        <NumberInput
          label={t('databases.fullRuns')}
          style={{ flex: 1 }}
          min={2}
          max={1000}
          value={policy.runs}
          onChange={(runs) => typeof runs === 'number' && onChange({ kind: 'fullEvery', runs })}
        />
      )}
    </div>
  )
}
