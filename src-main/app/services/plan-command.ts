import { displayPath } from '../../../src-shared/model/path-text.ts'
import type { PlanDraft } from '../../../src-shared/model/plan.ts'
import type { RestoreOptions } from '../../../src-shared/model/restore.ts'
import { commandLine } from '../shell-words.ts'

/** What a plan does, as lines for the command line: one for each destination. `patterns` are those of its presets. */
export function backupCommand(
  draft: Pick<PlanDraft, 'source' | 'backupId' | 'options'>,
  addresses: readonly { readonly address: string; readonly namespace: string }[],
  patterns: readonly string[],
): string {
  return addresses
    .map(({ address, namespace }) =>
      commandLine([
        'holdfast',
        'backup',
        ...draft.source.paths.map(displayPath),
        '-r',
        address,
        '--id',
        draft.backupId,
        ...(namespace === '' ? [] : ['--ns', namespace]),
        ...[...patterns, ...draft.source.excludes].flatMap((pattern) => ['--exclude', pattern]),
        ...(draft.source.oneFileSystem ? [] : ['--all-file-systems']),
        ...(draft.options.mode === 'metadata' ? [] : ['--mode', draft.options.mode]),
        ...(draft.options.keyId === undefined ? [] : ['--key', 'KEY-FILE']),
      ]),
    )
    .join('\n')
}

/** A restore as the line that does the same. */
export function restoreCommand(snapshot: string, address: string, options: RestoreOptions): string {
  return commandLine([
    'holdfast',
    'restore',
    snapshot,
    ...options.paths.map(displayPath),
    '-r',
    address,
    ...(options.target.kind === 'folder' ? ['--target', displayPath(options.target.path)] : ['--original']),
    '--conflict',
    options.conflict,
  ])
}
