import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { displayPath } from '../../../../src-shared/model/path-text.ts'
import { fromPlainError } from '../../../app/contract-errors.ts'
import { bytes, count, time } from '../format.ts'
import { wholeNumber } from '../option-values.ts'
import { resolvePath, resolveRepository, resolveSnapshot, snapshotName, snapshotText } from '../resolve.ts'
import { type GlobalOptions, withSession } from '../session.ts'

const changeMarks = { added: '+', changed: 'M', removed: '-', metadata: 'm', identical: '=' } as const

/** Looking at snapshots: listing, browsing, printing, finding and comparing. */
export function addSnapshotCommands(program: Command): void {
  program
    .command('snapshots')
    .description('list snapshots, newest first')
    .option('-r, --repository <repository>', 'name or address')
    .action((flags: { repository?: string }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const repository =
          flags.repository === undefined ? undefined : await resolveRepository(client, flags.repository)
        const rows = await client.snapshots.list({
          limit: 5000,
          ...(repository ? { repositoryId: repository.id } : {}),
        })
        output.table(
          rows,
          {
            snapshot: snapshotName,
            time: ({ ref }) => time(ref.time * 1000),
            size: ({ sizeBytes }) => bytes(sizeBytes),
            files: ({ files }) => (files === undefined ? '' : count(files)),
            state: ({ protected: isProtected, verify, keyFingerprint }) =>
              [isProtected && 'protected', verify && `verify ${verify.state}`, keyFingerprint && 'encrypted']
                .filter(Boolean)
                .join(', '),
          },
          'No snapshots yet.',
        )
      }),
    )

  program
    .command('ls')
    .description('list a folder of a snapshot')
    .argument('<snapshot>', snapshotText)
    .argument('[path]', 'folder inside the snapshot', '')
    .option('--deleted', 'show what earlier snapshots still have')
    .action((named: string, typed: string, flags: { deleted?: boolean }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const snapshot = await resolveSnapshot(client, named)
        const path = await resolvePath(client, snapshot, typed)
        let offset = 0
        for (;;) {
          const page = await client.snapshots.browse({
            id: snapshot.id,
            path,
            showDeleted: flags.deleted ?? false,
            offset,
            limit: 1000,
          })
          output.table(
            page.entries,
            {
              kind: ({ kind }) => kind,
              size: ({ kind, sizeBytes }) => (kind === 'directory' ? '' : bytes(sizeBytes)),
              modified: ({ modifiedAt }) => time(modifiedAt),
              name: ({ name, linkTarget, deletedAfter }) =>
                `${displayPath(name)}${linkTarget === undefined ? '' : ` -> ${displayPath(linkTarget)}`}${deletedAfter ? ' (deleted)' : ''}`,
            },
            'Nothing in this folder.',
          )
          offset += page.entries.length
          if (page.entries.length === 0 || offset >= page.total) return
        }
      }),
    )

  program
    .command('space')
    .description('what of a snapshot takes the space: a folder by size, the largest first')
    .argument('<snapshot>', snapshotText)
    .argument('[path]', 'folder inside the snapshot', '')
    .option('--all-snapshots', 'by every content that any snapshot of its source has, also of what was deleted since')
    .action((named: string, typed: string, flags: { allSnapshots?: boolean }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const snapshot = await resolveSnapshot(client, named)
        const { all, children, others } = await client.space.folder({
          snapshotId: snapshot.id,
          path: await resolvePath(client, snapshot, typed),
          by: flags.allSnapshots === true ? 'keptBytes' : 'bytes',
          limit: 200,
        })
        const rest = others.count === 0 ? [] : [{ ...others, name: `(${count(others.count)} more)`, isFolder: false }]
        output.table(
          [...children, ...rest],
          {
            size: (child) => bytes(child.bytes),
            'all snapshots': (child) => bytes(child.keptBytes),
            files: (child) => count(child.files),
            name: ({ name, isFolder }) => `${displayPath(name)}${isFolder ? '/' : ''}`,
          },
          'Nothing in this folder has any bytes.',
        )
        output.note(
          `${count(all.files)} files with ${bytes(all.bytes)}; all snapshots together hold ${bytes(all.keptBytes)}, before deduplication and compression.`,
        )
      }),
    )

  program
    .command('cat')
    .description('print a file of a snapshot')
    .argument('<snapshot>', snapshotText)
    .argument('<path>', 'file inside the snapshot')
    .action((named: string, typed: string, _flags: unknown, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, app, signal }) => {
        const snapshot = await resolveSnapshot(client, named)
        const path = await resolvePath(client, snapshot, typed)
        const content = await app.content.open({ entry: { snapshotId: snapshot.id, path, as: 'download' } }, signal)
        if (content.failure !== undefined) throw fromPlainError(content.failure)
        await pipeline(content.body, process.stdout, { end: false, signal })
      }),
    )

  program
    .command('find')
    .description('find files by name in every snapshot')
    .argument('<text>', 'part of a name')
    .option('--deleted', 'only what is gone from the newest snapshot')
    .option('--limit <number>', 'how many at the most', wholeNumber(1, 1000), 200)
    .action((text: string, flags: { deleted?: boolean; limit: number }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const { hits, more, snapshots } = await client.snapshots.search({
          text,
          deleted: flags.deleted ? 'only' : 'any',
          limit: flags.limit,
        })
        output.table(
          hits,
          {
            path: ({ entry }) => displayPath(entry.path),
            size: ({ entry }) => bytes(entry.sizeBytes),
            versions: ({ versions }) => count(versions),
            'last seen': ({ lastAt, deleted }) => `${time(lastAt)}${deleted ? ' (deleted)' : ''}`,
          },
          `No file called "${text}" in ${count(snapshots)} snapshots.`,
        )
        if (more) output.note('There are more; make the name longer or raise --limit.')
      }),
    )

  program
    .command('diff')
    .description('compare two snapshots, or a snapshot with the disk as it is now')
    .argument('<from>', snapshotText)
    .argument('[to]', 'another snapshot; without it, the live disk')
    .option('--path <path>', 'only below this folder', '')
    .action((from: string, to: string | undefined, flags: { path: string }, command: Command) =>
      withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client, output }) => {
        const left = await resolveSnapshot(client, from)
        const right =
          to === undefined
            ? ({ kind: 'disk' } as const)
            : ({ kind: 'snapshot', id: (await resolveSnapshot(client, to)).id } as const)
        const root = flags.path === '' ? '' : await resolvePath(client, left, flags.path)
        const folders = [root]
        let found = 0
        for (let path = folders.pop(); path !== undefined; path = folders.pop()) {
          const { differences } = await client.snapshots.compare({ from: left.id, to: right, path })
          for (const difference of differences) {
            const size = (value: number | undefined) => (value === undefined ? 'not there' : bytes(value))
            const isFolder =
              difference.kind === 'directory' && difference.change !== 'added' && difference.change !== 'removed'
            if (!isFolder || difference.change === 'metadata') {
              found += 1
              output.result(
                difference,
                `${changeMarks[difference.change]} ${displayPath(difference.path)}${difference.kind === 'directory' ? '/' : `  ${size(difference.fromBytes)} -> ${size(difference.toBytes)}`}`,
              )
            }
            if (difference.kind === 'directory') folders.push(difference.path)
          }
        }
        if (found === 0) output.note('Nothing differs.')
      }),
    )
}
