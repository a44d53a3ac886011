import { resolve } from 'node:path'
import type { Command } from 'commander'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { type DatabaseTarget, databaseTarget } from '../../../../src-shared/model/database-restore.ts'
import type { JobProgress } from '../../../../src-shared/model/job.ts'
import { bytes, count, time } from '../format.ts'
import { resolveRepository, resolveSnapshot, snapshotText } from '../resolve.ts'
import { followJob } from '../run-job.ts'
import { type GlobalOptions, type Session, withSession } from '../session.ts'
import { agentConnectionOf, agentSecretVariable, mysqlSecretsOf } from './mysql-flags.ts'
import { keepSourceSecret } from './source-secret.ts'

const tablesAPage = 1000

interface Named {
  readonly repository?: string
}

interface SendFlags extends Named {
  readonly fingerprint?: string
  readonly insecure?: boolean
  readonly agentCommand?: string
}

/** Database servers as snapshots hold them: to look into, to start, to take away. */
export function addDatabaseCommands(program: Command): void {
  const database = program.command('database').description('MySQL and MariaDB servers in snapshots')
  const add = (name: string, description: string) =>
    database
      .command(name)
      .description(description)
      .argument('<snapshot>', snapshotText)
      .option('-r, --repository <repository>', 'name or address')

  add('tables', 'list the databases and tables of a snapshot, and where in the server’s logs it is').action(
    (named: string, flags: Named, command: Command) => run(command, (session) => tables(session, named, flags)),
  )
  add('serve', 'start a server from a snapshot, on a private socket, until Ctrl-C').action(
    (named: string, flags: Named, command: Command) =>
      run(command, (session) => restore(session, { named, flags }, { kind: 'server' })),
  )
  add('copy', 'make a data folder of a snapshot that a server can be started on')
    .argument('<folder>', 'new or empty')
    .option('--owner <uid:gid>', 'give the files to the user of the server')
    .action((named: string, folder: string, flags: Named & { readonly owner?: string }, command: Command) =>
      run(command, (session) =>
        restore(session, { named, flags }, { kind: 'data-folder', path: resolve(folder), ...ownerOf(flags.owner) }),
      ),
    )
  add('export', 'write a snapshot as one xbstream, for mbstream and xbstream')
    .argument('<file>', 'new')
    .option('--as-stored', 'as it came from the server: an incremental alone, nothing prepared')
    .action((named: string, file: string, flags: Named & { readonly asStored?: boolean }, command: Command) =>
      run(command, (session) =>
        restore(
          session,
          { named, flags },
          { kind: 'xbstream', path: resolve(file), state: flags.asStored === true ? 'stored' : 'prepared' },
        ),
      ),
    )
  add('send', 'bring a snapshot to an agent, which makes it ready in its folder for restores')
    .argument('<address>', `agent://host:port or ssh://host; its shared secret in ${agentSecretVariable}`)
    .option('--fingerprint <sha256>', 'of the agent’s certificate')
    .option('--insecure', 'without TLS')
    .option('--agent-command <words>', 'of ssh://: what runs the agent there')
    .action((named: string, address: string, flags: SendFlags, command: Command) =>
      run(command, (session) => send(session, { named, flags }, address)),
    )
  add('dump', 'write one table of a snapshot as SQL')
    .argument('<database>')
    .argument('<table>')
    .argument('<file>', 'new')
    .action((named: string, name: string, table: string, file: string, flags: Named, command: Command) =>
      run(command, (session) =>
        restore(session, { named, flags }, { kind: 'dump', path: resolve(file), database: name, table }),
      ),
    )
}

function run(command: Command, work: (session: Session) => Promise<void>): Promise<void> {
  return withSession(command.optsWithGlobals<GlobalOptions>(), work)
}

interface Chosen {
  readonly named: string
  readonly flags: Named
}

async function chosen({ client }: Session, { named, flags }: Chosen) {
  const repository = flags.repository === undefined ? undefined : await resolveRepository(client, flags.repository)
  return resolveSnapshot(client, named, repository)
}

async function restore(session: Session, choice: Chosen, target: DatabaseTarget): Promise<void> {
  const { client, output } = session
  const snapshot = await chosen(session, choice)
  const job = await client.databases.restore({ snapshotId: snapshot.id, as: databaseTarget.parse(target) })
  let said = false
  await followJob(session, job, ({ serving }: JobProgress) => {
    if (serving === undefined || said) return
    said = true
    output.result(serving, `Serving at ${serving.socket}\nmariadb --socket=${serving.socket}\nCtrl-C ends it.`)
  })
}

async function send(session: Session, choice: Chosen & { readonly flags: SendFlags }, address: string): Promise<void> {
  const connection = agentConnectionOf(address, choice.flags)
  const secretId = await keepSourceSecret(session.client, `agent ${address}`, mysqlSecretsOf(process.env))
  await restore(session, choice, { kind: 'agent', connection, ...(secretId === undefined ? {} : { secretId }) })
}

async function tables(session: Session, named: string, flags: Named): Promise<void> {
  const { client, output } = session
  const { id: snapshotId } = await chosen(session, { named, flags })
  const summary = await client.databases.summary({ snapshotId })
  if (output.isJson) output.result(summary, '')
  else {
    const { server, level, toLsn, binlog, chain, problem } = summary
    output.note(`${server.family} ${server.version}, ${level}, LSN ${toLsn}.`)
    if (binlog !== undefined) {
      output.note(
        `Binary log ${binlog.file}, position ${binlog.position}${binlog.gtid ? `, GTID ${binlog.gtid}` : ''}.`,
      )
    }
    output.note(
      problem ?? `Put together from: ${chain.map(({ at, level: one }) => `${one} of ${time(at)}`).join(', ')}.`,
    )
  }
  const rows: {
    database: string
    name: string
    engine: string
    sizeBytes?: number | undefined
    storedBytes: number
  }[] = []
  for (const { name: database, tables: total } of summary.databases) {
    for (let offset = 0; offset < total; offset += tablesAPage) {
      const page = await client.databases.tables({ snapshotId, database, offset, limit: tablesAPage })
      rows.push(...page.tables.map((table) => ({ database, ...table })))
    }
  }
  output.table(
    rows,
    {
      Database: (row) => row.database,
      Table: (row) => row.name,
      Engine: (row) => row.engine,
      Size: (row) => (row.sizeBytes === undefined ? '' : bytes(row.sizeBytes)),
      Stored: (row) => bytes(row.storedBytes),
    },
    'It holds no tables.',
  )
  output.note(`${count(rows.length)} tables.`)
}

function ownerOf(text: string | undefined) {
  if (text === undefined) return {}
  const match = /^(\d{1,10}):(\d{1,10})$/.exec(text)
  if (match === null) throw new HoldfastError('input/invalid', { detail: text, hint: 'Give numbers: 999:999.' })
  return { owner: { uid: Number(match[1]), gid: Number(match[2]) } }
}
