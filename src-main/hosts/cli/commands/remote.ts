import type { Command } from 'commander'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { recordKind, type ServerRecord } from '../../../../src-shared/model/known-job-server.ts'
import { time } from '../format.ts'
import { hours } from '../option-values.ts'
import { type GlobalOptions, type Session, withSession } from '../session.ts'
import { watchRemote } from '../watch-remote.ts'
import { chooseServer, type ServerFlags, withServerFlags } from './job-server-choice.ts'
import { addRemoteSnapshotCommands } from './remote-snapshot.ts'

interface QueueFlags extends ServerFlags {
  readonly runner?: string
  readonly watch?: boolean
}

/** Job servers on other machines: what they do, and what they are to do. */
export function addRemoteCommands(program: Command): void {
  const run = (command: Command, work: (session: Session) => Promise<void>) =>
    withSession(command.optsWithGlobals<GlobalOptions>(), work)
  const remote = program.command('remote').description('job servers on other machines: queue a backup there, watch it')

  withServerFlags(remote.command('login').description('remember a job server; an invite becomes a login')).action(
    (flags: ServerFlags, command: Command) =>
      run(command, async ({ client, output }) => {
        const { id, name, address } = await chooseServer(client, flags)
        output.result({ id, name, address }, `Logged in at ${address}.`)
      }),
  )

  withServerFlags(remote.command('logout').description('forget a job server and its token')).action(
    (flags: ServerFlags, command: Command) =>
      run(command, async ({ client, output }) => {
        const { id, address } = await chooseServer(client, flags)
        await client.jobServers.remove({ id })
        output.result({ id, address }, `Forgot ${address}.`)
      }),
  )

  withServerFlags(remote.command('jobs').description('its queue, newest first')).action(
    (flags: ServerFlags, command: Command) =>
      run(command, async ({ client, output }) => {
        const { id } = await chooseServer(client, flags)
        output.table(
          (await client.jobServers.look({ id })).jobs,
          {
            id: ({ spec }) => (spec.kind === 'remote' ? spec.queueId : ''),
            queued: ({ queuedAt }) => time(queuedAt),
            state: ({ status }) => (status.state === 'error' ? status.error.code : status.state),
            runner: ({ spec }) => (spec.kind === 'remote' ? (spec.runner ?? '') : ''),
            title: ({ title }) => title,
          },
          'No jobs there yet.',
        )
      }),
  )

  withServerFlags(remote.command('queue').description('have a runner run a plan of its machine'))
    .argument('<command...>', 'such as: backup Documents')
    .option('--runner <id>', 'the machine that is to do it; any when left out')
    .option('--watch', 'follow it to its end')
    .action((words: string[], flags: QueueFlags, command: Command) =>
      run(command, async (session) => {
        const { client, output } = session
        const { id } = await chooseServer(client, flags)
        const to = flags.runner === undefined ? {} : { runner: flags.runner }
        const { queueId } = await client.jobServers.queue({ id, words, ...to })
        output.result({ queueId }, queueId)
        if (flags.watch === true) await watchRemote(session, { id, queueId })
      }),
    )

  withServerFlags(remote.command('watch').description('what a job prints, from its beginning to its end'))
    .argument('<job>', 'as `holdfast remote jobs` prints it')
    .action((queueId: string, flags: ServerFlags, command: Command) =>
      run(command, async (session) => {
        const { id } = await chooseServer(session.client, flags)
        await watchRemote(session, { id, queueId })
      }),
    )

  withServerFlags(remote.command('cancel').description('ask for the end of a job'))
    .argument('<job>', 'as `holdfast remote jobs` prints it')
    .action((queueId: string, flags: ServerFlags, command: Command) =>
      run(command, async ({ client, output }) => {
        const { id } = await chooseServer(client, flags)
        await client.jobServers.cancel({ id, queueId })
        output.result({ queueId }, `Asked for the end of ${queueId}.`)
      }),
    )

  withServerFlags(
    remote.command('runners').description('runners that jobs there name, and whether they are connected'),
  ).action((flags: ServerFlags, command: Command) =>
    run(command, async ({ client, output }) => {
      const { id } = await chooseServer(client, flags)
      output.table(
        (await client.jobServers.look({ id })).runners,
        { runner: (runner) => runner.id, state: ({ isConnected }) => (isConnected ? 'connected' : 'away') },
        'No job names a runner yet.',
      )
    }),
  )

  withServerFlags(remote.command('records').description('what it keeps besides jobs, by name'))
    .argument('[kind]', recordKind.options.join(', '), 'basis')
    .action((named: string, flags: ServerFlags, command: Command) =>
      run(command, async ({ client, output }) => {
        const kind = recordKind.safeParse(named).data
        if (kind === undefined) throw new HoldfastError('input/invalid', { detail: `${named} is no kind of record.` })
        const { id } = await chooseServer(client, flags)
        const all: ServerRecord[] = []
        for (let total = 1; all.length < total; ) {
          const page = await client.jobServers.records({ id, kind, offset: all.length })
          all.push(...page.records)
          total = page.records.length === 0 ? all.length : page.total
        }
        output.table(
          all,
          {
            name: (record) => record.name,
            detail: (record) => record.detail,
            within: (record) => record.within,
            id: (record) => record.id,
          },
          'There are none.',
        )
      }),
    )

  addTokenCommands(remote, run)
  addRemoteSnapshotCommands(remote)
}

/** Tokens of that server for further machines. What it made is listed and revoked where it runs. */
function addTokenCommands(
  remote: Command,
  run: (command: Command, work: (session: Session) => Promise<void>) => Promise<void>,
): void {
  withServerFlags(remote.command('tokens').description('make a token there; it is shown this once'))
    .option('--login', 'a login token instead of an invite')
    .option('--hours <hours>', 'how long an invite is good for', hours, 24)
    .action((flags: ServerFlags & { login?: boolean; hours: number }, command: Command) =>
      run(command, async ({ client, output }) => {
        const validForMs = Math.round(flags.hours * 3_600_000)
        if (!(validForMs >= 1000)) throw new HoldfastError('input/invalid', { detail: `--hours ${flags.hours}` })
        const { id } = await chooseServer(client, flags)
        const kind = flags.login === true ? 'login' : 'invite'
        const { token } = await client.jobServers.makeToken({ id, kind, validForMs })
        output.result({ kind, token }, token)
      }),
    )
}
