import { once } from 'node:events'
import { hostname } from 'node:os'
import type { Command } from 'commander'
import { wholeNumber } from '../option-values.ts'
import { type GlobalOptions, withSession } from '../session.ts'
import { chooseServer, type ServerFlags, withServerFlags } from './job-server-choice.ts'

interface RunnerFlags extends ServerFlags {
  readonly id: string
  readonly byIdOnly?: boolean
  readonly parallel: number
}

/** This computer as a runner of a job server: it takes jobs that name it, or any, and runs its own plans for them. */
export function addRunnerCommand(program: Command): void {
  withServerFlags(
    program.command('runner').description('work for a job server until Ctrl-C: run plans of this machine'),
  )
    .option('--id <name>', 'what this machine is called there', hostname())
    .option('--by-id-only', 'take only jobs that name this machine')
    .option('--parallel <jobs>', 'jobs at the same time, 1 to 16', wholeNumber(1, 16), 1)
    .action((flags: RunnerFlags, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ app, client, output, signal }) => {
        const { id, name, address } = await chooseServer(client, flags)
        const work = await app.workFor(
          { serverId: id, runnerId: flags.id, byIdOnly: flags.byIdOnly ?? false, parallel: flags.parallel },
          client,
          signal,
        )
        output.result({ runner: flags.id, server: address }, `Works for ${name} as ${flags.id}. Ctrl-C ends it.`)
        if (!signal.aborted) await Promise.race([once(signal, 'abort'), work.failed])
        output.note('Ends the job in hand. Press Ctrl-C again to leave at once.')
        await work.close()
      }),
    )
}
