import { assertNever } from '../../../src-shared/assert-never.ts'
import type { CouchbaseSource } from '../../../src-shared/model/couchbase-source.ts'
import { presetPatterns } from '../../../src-shared/model/exclude-presets.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import type { PlanDraft } from '../../../src-shared/model/plan.ts'
import type { RestoreOptions } from '../../../src-shared/model/restore.ts'
import type { PlanSource } from '../../../src-shared/model/source.ts'
import { mysqlWords } from '../mysql-words.ts'
import { commandLine } from '../shell-words.ts'

/** What a plan does, as lines for the command line: one for each destination. */
export function backupCommand(
  draft: Pick<PlanDraft, 'source' | 'backupId' | 'options'>,
  addresses: readonly { readonly address: string; readonly namespace: string }[],
): string {
  return addresses
    .map(({ address, namespace }) =>
      commandLine([
        'holdfast',
        'backup',
        ...sourceWords(draft.source),
        '-r',
        address,
        '--id',
        draft.backupId,
        ...(namespace === '' ? [] : ['--ns', namespace]),
        ...(draft.options.mode === 'metadata' ? [] : ['--mode', draft.options.mode]),
        ...(draft.options.keyId === undefined ? [] : ['--key', 'KEY-FILE']),
        ...(draft.options.cryptMode === 'sign-only' ? ['--crypt-mode', 'sign-only'] : []),
      ]),
    )
    .join('\n')
}

function sourceWords(source: PlanSource): string[] {
  switch (source.kind) {
    case 'folders':
      return [
        ...source.paths.map(displayPath),
        ...[...presetPatterns(source.presets), ...source.excludes].flatMap((pattern) => ['--exclude', pattern]),
        ...(source.oneFileSystem ? [] : ['--all-file-systems']),
        ...(source.fileSystemSnapshot === 'off' ? [] : ['--file-system-snapshot', source.fileSystemSnapshot]),
      ]
    case 'image':
      return ['--image', ...source.paths.map(displayPath)]
    case 'mysql':
      return mysqlWords(source)
    case 'couchbase':
      return couchbaseWords(source)
    case 'job-server':
      return ['--job-server', source.address]
    default:
      return assertNever(source)
  }
}

/** Passwords are left out: the command line takes them from the environment. */
function couchbaseWords(source: CouchbaseSource): string[] {
  const { hosts, bucket, user, tls } = source
  const option = (name: string, value: string | undefined) => (value === undefined ? [] : [`--${name}`, value])
  return [
    ...['--couchbase', hosts.join(','), '--bucket', bucket],
    ...option('user', user),
    ...(tls === undefined ? [] : ['--tls']),
    ...option('authority', tls?.authorityPath),
    ...option('client-certificate', tls?.certificatePath),
    ...option('client-key', tls?.keyPath),
    ...option('fingerprint', tls?.fingerprint),
    ...(source.allowInsecure ? ['--insecure'] : []),
    ...(source.parallelVbuckets === 4 ? [] : ['--parallel', String(source.parallelVbuckets)]),
    ...(source.leftovers === 'release' ? [] : ['--leftovers', source.leftovers]),
    ...(source.patienceSeconds === 120 ? [] : ['--patience', String(source.patienceSeconds)]),
    ...option('staging', source.stagingFolder),
    ...option('staging-limit', source.stagingLimitBytes?.toString()),
  ]
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
