import { Checkbox, NumberInput, SegmentedControl, TextInput } from '@mantine/core'
import type { MysqlSource } from '../../../src-shared/model/mysql-source.ts'
import { t } from '../../i18n/translate.ts'

type Connection = MysqlSource['connection']

interface MysqlConnectionProps {
  readonly connection: Connection
  readonly onChange: (connection: Connection) => void
}

const fresh: { readonly [Via in Connection['via']]: (user: string | undefined) => Connection } = {
  local: (user = '') => ({ via: 'local', user }),
  agent: (user) => ({ via: 'agent', host: '', port: 25_301, transport: 'tls', compress: false, ...login(user) }),
  ssh: (user) => ({
    ...{ via: 'ssh', host: '', compress: false, ...login(user) },
    command: ['holdfast', 'host', 'xtrabackup-agent', '--stdio'],
  }),
}

function login(user: string | undefined) {
  return user === undefined || user === '' ? {} : { user }
}

/** The way to the server: the program here, an agent beside it, or an agent that ssh starts. */
export function MysqlConnection({ connection, onChange }: MysqlConnectionProps) {
  const { via } = connection
  const help = {
    local: t('databases.wayLocalHelp'),
    agent: t('databases.wayAgentHelp'),
    ssh: t('databases.waySshHelp'),
  }
  return (
    <>
      <div>
        <SegmentedControl
          aria-label={t('databases.way')}
          data={[
            { value: 'local', label: t('databases.wayLocal') },
            { value: 'agent', label: t('databases.wayAgent') },
            { value: 'ssh', label: t('databases.waySsh') },
          ]}
          value={via}
          onChange={(next) => {
            if (next === 'local' || next === 'agent' || next === 'ssh') onChange(fresh[next](connection.user))
          }}
        />
        <p className="hf-sm hf-2" style={{ marginTop: 6 }}>
          {help[via]}
        </p>
      </div>
      {via === 'local' && <Local connection={connection} onChange={onChange} />}
      {via === 'agent' && <Agent connection={connection} onChange={onChange} />}
      {via === 'ssh' && (
        <div className="hf-row" style={{ alignItems: 'flex-end' }}>
          <Text
            label={t('databases.sshHost')}
            value={connection.host}
            onText={(host) => onChange({ ...connection, host })}
          />
          <Port
            value={connection.sshPort}
            placeholder="22"
            onPort={(port) => onChange({ ...connection, sshPort: port })}
          />
        </div>
      )}
      <Text
        label={t('databases.user')}
        description={via === 'local' ? t('databases.userHelp') : t('databases.userOptional')}
        value={connection.user ?? ''}
        onText={(user) => {
          if (connection.via === 'local') return onChange({ ...connection, user })
          const { user: _, ...rest } = connection
          onChange({ ...rest, ...login(user) })
        }}
      />
      {via !== 'local' && (
        <Checkbox
          label={t('databases.compress')}
          checked={connection.compress}
          onChange={({ currentTarget: { checked } }) => onChange({ ...connection, compress: checked })}
        />
      )}
    </>
  )
}

interface PartProps<Via extends Connection['via']> {
  readonly connection: Extract<Connection, { via: Via }>
  readonly onChange: (connection: Connection) => void
}

function Local({ connection, onChange }: PartProps<'local'>) {
  const set = (part: { socket?: string; host?: string; port?: number | undefined }) => {
    const { socket, host, port, ...rest } = { ...connection, ...part }
    onChange({
      ...rest,
      ...(socket && { socket }),
      ...(host && { host }),
      ...(port !== undefined && { port }),
    })
  }
  return (
    <div className="hf-row" style={{ alignItems: 'flex-end' }}>
      <Text
        label={t('databases.socket')}
        placeholder="/run/mysqld/mysqld.sock"
        value={connection.socket ?? ''}
        onText={(socket) => set({ socket })}
      />
      {connection.socket === undefined && (
        <>
          <Text
            label={t('databases.host')}
            placeholder="localhost"
            value={connection.host ?? ''}
            onText={(host) => set({ host })}
          />
          <Port value={connection.port} placeholder="3306" onPort={(port) => set({ port })} />
        </>
      )}
    </div>
  )
}

function Agent({ connection, onChange }: PartProps<'agent'>) {
  return (
    <>
      <div className="hf-row" style={{ alignItems: 'flex-end' }}>
        <Text
          label={t('databases.host')}
          value={connection.host}
          onText={(host) => onChange({ ...connection, host })}
        />
        <Port
          value={connection.port}
          placeholder="25301"
          onPort={(port) => port !== undefined && onChange({ ...connection, port })}
        />
      </div>
      {connection.transport === 'tls' && (
        <Text
          label={t('databases.fingerprint')}
          description={t('databases.fingerprintHelp')}
          value={connection.fingerprint ?? ''}
          onText={(text) => {
            const { fingerprint: _, ...rest } = connection
            const fingerprint = text.trim()
            onChange(fingerprint === '' ? rest : { ...rest, fingerprint })
          }}
        />
      )}
      <Checkbox
        label={t('databases.clear')}
        checked={connection.transport === 'clear'}
        onChange={({ currentTarget: { checked } }) => onChange({ ...connection, transport: checked ? 'clear' : 'tls' })}
      />
    </>
  )
}

interface TextProps {
  readonly label: string
  readonly description?: string
  readonly placeholder?: string
  readonly value: string
  readonly onText: (text: string) => void
}

function Text({ onText, ...rest }: TextProps) {
  return (
    <TextInput
      {...rest}
      style={{ flex: 1 }}
      classNames={{ input: 'hf-mono' }}
      onChange={({ currentTarget: { value } }) => onText(value)}
    />
  )
}

interface PortProps {
  readonly value: number | undefined
  readonly placeholder: string
  readonly onPort: (port: number | undefined) => void
}

function Port({ value, placeholder, onPort }: PortProps) {
  return (
    <NumberInput
      label={t('databases.port')}
      placeholder={placeholder}
      w={96}
      min={1}
      max={65_535}
      hideControls
      value={value ?? ''}
      onChange={(port) => onPort(typeof port === 'number' ? port : undefined)}
    />
  )
}
