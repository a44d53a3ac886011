import type { Command } from 'commander'
import { collectStore, verifyArchive, verifyFolder } from '../../../app/casync/check-store.ts'
import { openArchive } from '../../../app/casync/open-archive.ts'
import { defaultStore } from '../../../engines/casync/address/locator.ts'
import type { CheckedChunk } from '../../../engines/casync/store/verify-store.ts'
import { bytes, count } from '../format.ts'
import { hours } from '../option-values.ts'
import { exitCodes } from '../output.ts'
import { addStoreFlags, archiveChoice, type CasyncFlags, locatorOf, untilInterrupted } from './casync-flags.ts'

interface GarbageFlags extends CasyncFlags {
  readonly dryRun?: boolean
  readonly graceHours: number
}

/** `holdfast casync verify` and `gc`: whether a store has what it should, and what nobody needs in it. */
export function addCasyncCheckCommands(casync: Command): void {
  addStoreFlags(casync.command('verify').description('read every chunk of an index, or of the store without one'))
    .argument('[index]')
    .action((index: string | undefined, flags: CasyncFlags) =>
      untilInterrupted(async (signal) => {
        const { store } = archiveChoice(flags)
        if (index === undefined) return await tell(verifyFolder(store ?? defaultStore(undefined), signal))
        const archive = await openArchive(locatorOf(index), archiveChoice(flags), signal)
        try {
          await tell(verifyArchive(archive, signal))
        } finally {
          await archive[Symbol.asyncDispose]()
        }
      }),
    )

  addStoreFlags(casync.command('gc').description('remove the chunks that none of these indexes needs'))
    .argument('<index...>')
    .option('-n, --dry-run', 'only say what would go')
    .option('--grace-hours <hours>', 'what is younger stays: somebody may just be making an index', hours, 24)
    .action((indexes: readonly string[], flags: GarbageFlags) =>
      untilInterrupted(async (signal) => {
        const locators = indexes.map(locatorOf)
        const choice = {
          store: archiveChoice(flags).store ?? defaultStore(locators[0]),
          indexes: locators,
          graceMs: flags.graceHours * 3_600_000,
          isDryRun: flags.dryRun ?? false,
        }
        const report = await collectStore(choice, signal)
        const { removedChunks, removedBytes, keptChunks, pendingChunks } = report
        const verb = choice.isDryRun ? 'would go' : 'removed'
        process.stdout.write(
          `Chunks: ${count(removedChunks)} ${verb} (${bytes(removedBytes)}), ${count(keptChunks)} needed, ${count(pendingChunks)} too young\n`,
        )
      }),
    )
}

/** A line for every chunk that is not as it should be, and a sum. */
async function tell(checked: AsyncIterable<CheckedChunk>): Promise<void> {
  let good = 0
  let bad = 0
  for await (const { id, problem } of checked) {
    if (problem === undefined) good++
    else {
      bad++
      process.stdout.write(`${id} ${problem.message}\n`)
    }
  }
  process.stdout.write(`Chunks: ${count(good)} good, ${count(bad)} missing or damaged\n`)
  if (bad > 0) process.exitCode = exitCodes.error
}
