import type { Command } from 'commander'
import { time } from '../format.ts'
import { wholeNumber } from '../option-values.ts'
import { exitCodes } from '../output.ts'
import { type GlobalOptions, withSession } from '../session.ts'

/** The log of deeds that cannot be undone. */
export function addAuditCommands(program: Command): void {
  const audit = program
    .command('audit')
    .description('what was done that cannot be undone, in a log whose tampering shows')

  audit
    .command('list')
    .description('what was done, the newest first')
    .option('--limit <number>', 'so many of the newest', wholeNumber(1, 500), 50)
    .action((flags: { limit: number }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        output.table(
          await client.audit.list({ limit: flags.limit }),
          {
            number: ({ id }) => String(id),
            time: ({ at }) => time(at),
            by: ({ actor }) => actor,
            what: ({ action }) => action,
            detail: ({ detail }) => detail.slice(0, 80),
          },
          'Nothing yet.',
        )
      }),
    )

  audit
    .command('verify')
    .description('check the whole log; keep the hash it prints elsewhere, and give it the next time')
    .argument('[hash]', 'what an earlier check printed')
    .action((head: string | undefined, _flags: unknown, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const verdict = await client.audit.verify(head === undefined ? {} : { head })
        if (verdict.state === 'broken') process.exitCode = exitCodes.error
        output.result(
          verdict,
          verdict.state === 'intact'
            ? `Intact: ${verdict.records} records. Write this down elsewhere: ${verdict.head}`
            : `Broken: ${verdict.sentence}`,
        )
      }),
    )
}
