import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { displayPath } from '../../../../src-shared/model/path-text.ts'
import { type ConflictPolicy, conflictPolicy, restoreOptions } from '../../../../src-shared/model/restore.ts'
import { bytes, count } from '../format.ts'
import { resolvePath, resolveSnapshot, snapshotText } from '../resolve.ts'
import { followJob } from '../run-job.ts'
import { type GlobalOptions, withSession } from '../session.ts'

interface RestoreFlags {
  readonly target?: string
  readonly conflict: ConflictPolicy
  readonly owner: boolean
  readonly permissions: boolean
  readonly times: boolean
  readonly attributes: boolean
  readonly dryRun?: boolean
}

export function addRestoreCommand(program: Command): void {
  program
    .command('restore')
    .description('bring files back; nothing is lost: what is overwritten is kept for thirty days')
    .argument('<snapshot>', snapshotText)
    .argument('[path...]', 'what to bring back; everything when left out')
    .option('--target <folder>', 'put it there; without it, the original place')
    .addOption(
      new Option(
        '--conflict <policy>',
        'what to do with files that exist: skip, overwrite, rename (keep both) or newer (overwrite what is older)',
      )
        .choices(conflictPolicy.options)
        .default('newer'),
    )
    .option('--no-owner', 'leave owner and group as they come')
    .option('--no-permissions', 'leave permissions as they come')
    .option('--no-times', 'leave times as they come')
    .option('--no-attributes', 'leave out extended attributes and ACLs')
    .option('--dry-run', 'list what would happen, write nothing')
    .action((named: string, typed: string[], flags: RestoreFlags, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async (session) => {
        const { client, output } = session
        const snapshot = await resolveSnapshot(client, named)
        const paths: string[] = []
        for (const path of typed) paths.push(await resolvePath(client, snapshot, path))
        const options = restoreOptions.parse({
          paths,
          target: flags.target === undefined ? { kind: 'original' } : { kind: 'folder', path: resolve(flags.target) },
          conflict: flags.conflict,
          carryOver: {
            owner: flags.owner,
            permissions: flags.permissions,
            times: flags.times,
            attributes: flags.attributes,
          },
        })
        const request = { snapshotId: snapshot.id, options }
        if (!flags.dryRun) return void (await followJob(session, await client.restore.start(request)))
        for await (const preview of await client.restore.preview(request)) {
          if (!preview.complete) {
            output.status(`Comparing. ${count(preview.files)} files so far.`)
            continue
          }
          output.result(preview, () =>
            [
              ...preview.items.map((item) => `${item.outcome.padEnd(13)} ${displayPath(item.targetPath)}`),
              `${count(preview.files)} files, ${bytes(preview.writeBytes)} would be written.`,
            ].join('\n'),
          )
        }
      }),
    )
}
