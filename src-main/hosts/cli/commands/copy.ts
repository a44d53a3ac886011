import type { Command } from 'commander'
import { resolveRepository, resolveSnapshot, snapshotText } from '../resolve.ts'
import { followJob } from '../run-job.ts'
import { type GlobalOptions, withSession } from '../session.ts'

/** A snapshot into another repository, of whatever kind: Proxmox Backup and casync alike. */
export function addCopyCommand(program: Command): void {
  program
    .command('copy')
    .description('copy a snapshot into another repository and compare every byte')
    .argument('<snapshot>', snapshotText)
    .requiredOption('--to <repository>', 'name or address of one that is there: `holdfast init` makes it')
    .action((named: string, flags: { to: string }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async (session) => {
        const snapshot = await resolveSnapshot(session.client, named)
        const repository = await resolveRepository(session.client, flags.to)
        const spec = { kind: 'copy', snapshotId: snapshot.id, repositoryId: repository.id } as const
        await followJob(session, await session.client.jobs.start({ trigger: 'command-line', spec }))
      }),
    )
}
