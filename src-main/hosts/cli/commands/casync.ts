import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { extractArchive } from '../../../app/casync/extract-archive.ts'
import { type FolderArchiveOptions, openFolder } from '../../../app/casync/folder-archive.ts'
import { makeArchive } from '../../../app/casync/make-archive.ts'
import { type OpenArchive, openArchive } from '../../../app/casync/open-archive.ts'
import { digestArchive, printArchive, statArchive } from '../../../app/casync/print-archive.ts'
import { parseChunkSizes } from '../../../engines/casync/chunker/chunk-sizes.ts'
import { openFileSystemCalls } from '../../../os/open-file-system-calls.ts'
import { exitCodes } from '../output.ts'
import { addCasyncCheckCommands } from './casync-check.ts'
import {
  addFeatureFlags,
  addRecursiveFlag,
  addSeedFlags,
  addStoreFlags,
  archiveChoice,
  type CasyncFlags,
  featuresOf,
  idShiftOf,
  locatorOf,
  untilInterrupted,
} from './casync-flags.ts'

/** `holdfast casync …`: single indexes and archives, without a repository, with the words and the output of casync. */
export function addCasyncCommands(program: Command): void {
  const casync = program.command('casync').description('work on single .caidx, .caibx and .catar files, as casync does')
  addCasyncCheckCommands(casync)
  const add = (name: string, description: string): Command =>
    addFeatureFlags(addStoreFlags(casync.command(name).description(description)))

  add('make', 'make an index with its chunks, or an archive; prints its digest')
    .argument('<target>', '.caidx of a folder, .caibx of a file, or .catar; host:path goes through ssh')
    .argument('<source>', 'a folder, or a file or device')
    .option('--chunk-size <sizes>', 'auto, AVERAGE or MIN:AVERAGE:MAX', 'auto')
    .addOption(new Option('--compression <compression>').choices(['zstd', 'xz', 'gzip']).default('zstd'))
    .action((target: string, source: string, flags: CasyncFlags) =>
      run(flags, async ({ folder, signal }) => {
        const { store, reach } = archiveChoice(flags)
        const sizes = parseChunkSizes(flags.chunkSize)
        const choice = { store, reach, sizes, compression: flags.compression, folder }
        print(`${await makeArchive(locatorOf(target), resolve(source), choice, signal)}\n`)
      }),
    )

  addSeedFlags(add('extract', 'put an archive into a folder, a blob into a file or device'))
    .argument('<archive>', '.caidx, .caibx or .catar: a path, host:path or http(s) address')
    .argument('<target>')
    .action((source: string, target: string, flags: CasyncFlags) =>
      run(flags, async ({ folder, signal }) => {
        const { calls, observer, idShift } = folder
        const seeds = flags.seed.map((seed) => resolve(seed))
        const choice = { ...archiveChoice(flags), seeds, useTarget: flags.seedOutput, idShift, calls }
        const warning = ({ path, reason }: { path: string; reason: string }) => warn(path, reason)
        await extractArchive(locatorOf(source), resolve(target), choice, { ...observer, warning }, signal)
      }),
    )

  for (const how of ['list', 'mtree'] as const) {
    const command = add(how, how === 'list' ? 'list what is in it' : 'print a manifest of it, with digests')
    addRecursiveFlag(command)
      .argument('<archive>', 'a .caidx or .catar, or a folder')
      .argument('[path]', 'a part of it', '')
      .action((source: string, path: string, flags: CasyncFlags) =>
        withArchive(source, flags, async (archive, signal) => {
          const choice = { how, isRecursive: flags.recursive, digestName: flags.digest, path }
          for await (const line of printArchive(archive, choice, signal)) print(line)
        }),
      )
  }

  add('stat', 'show everything about a file in it')
    .argument('<archive>', 'a .caidx or .catar')
    .argument('[path]', 'from its root', '')
    .action((source: string, path: string, flags: CasyncFlags) =>
      withArchive(source, flags, async (archive, signal) => print(await statArchive(archive, path, signal))),
    )

  add('digest', 'print the digest of an archive, a blob or a folder, or of a part of an archive')
    .argument('<archive>', 'a .caidx, .caibx or .catar, a file or a folder')
    .argument('[path]', 'a part of it', '')
    .action((source: string, path: string, flags: CasyncFlags) =>
      withArchive(source, flags, async (archive, signal) =>
        print(`${await digestArchive(archive, path, flags.digest, signal)}\n`),
      ),
    )
}

interface Run {
  readonly folder: FolderArchiveOptions
  readonly signal: AbortSignal
}

/** What could not be read or set makes the exit code that of warnings. */
async function run(flags: CasyncFlags, work: (run: Run) => Promise<void>): Promise<void> {
  const folder = {
    calls: openFileSystemCalls(),
    featureFlags: featuresOf(flags),
    idShift: idShiftOf(flags),
    observer: { problem: ({ path, reason }: { path: string; reason: string }) => warn(path, reason) },
  }
  await untilInterrupted((signal) => work({ folder, signal }))
}

async function withArchive(
  source: string,
  flags: CasyncFlags,
  work: (archive: OpenArchive, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await run(flags, async ({ folder, signal }) => {
    const locator = locatorOf(source)
    const found = locator.kind === 'path' ? await stat(locator.path).catch(() => undefined) : undefined
    const isFolder = found?.isDirectory() ?? false
    const archive = isFolder
      ? openFolder(resolve(source), folder)
      : await openArchive(locator, archiveChoice(flags), signal)
    try {
      await work(archive, signal)
    } finally {
      await archive[Symbol.asyncDispose]()
    }
  })
}

function warn(path: string, reason: string): void {
  process.stderr.write(`${path}: ${reason}\n`)
  process.exitCode = exitCodes.warnings
}

function print(text: string): void {
  process.stdout.write(text)
}
