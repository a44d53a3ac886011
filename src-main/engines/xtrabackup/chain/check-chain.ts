import { HoldfastError } from '../../../../src-shared/errors.ts'

/** What a chain is made of: any backup, by what it says of itself. */
export interface ChainLink {
  /** Unix seconds; the name of a backup within its lineage. */
  readonly time: number
  readonly level: 'full' | 'incremental'
  readonly fromLsn: bigint
  readonly toLsn: bigint
  /** Of an incremental: the time of what it builds on. */
  readonly baseTime: number | undefined
  /** Where it is known, all of a chain are of one server. */
  readonly serverUid: string | undefined
}

/**
 * The backups that one point needs, its full first, found before anything is written. An incremental fits where its
 * `fromLsn` is the `toLsn` of its base (spec xtrabackup-agent §12.3); both may be the same when nothing was checkpointed
 * in between.
 *
 * @throws `mysql/chain-broken`, which says what is missing or does not fit.
 */
export function chainTo<Link extends ChainLink>(time: number, all: readonly Link[]): readonly Link[] {
  const byTime = new Map(all.map((link) => [link.time, link]))
  const chain: Link[] = []
  for (let wanted: number | undefined = time; wanted !== undefined; ) {
    const link = byTime.get(wanted)
    if (link === undefined) throw broken(`The backup of ${describe(wanted)} is missing.`)
    if (link.level === 'full' && link.fromLsn !== 0n)
      throw broken(`The full of ${describe(wanted)} begins in the middle.`)
    const after = chain.at(-1)
    if (after !== undefined) requireFit(link, after)
    chain.push(link)
    wanted = link.level === 'full' ? undefined : requireOlder(link)
  }
  return chain.toReversed()
}

function requireOlder(link: ChainLink): number {
  if (link.baseTime === undefined)
    throw broken(`The incremental of ${describe(link.time)} does not say what it builds on.`)
  // Also what ends a circle.
  if (link.baseTime >= link.time) throw broken(`The incremental of ${describe(link.time)} builds on a later backup.`)
  return link.baseTime
}

function requireFit(base: ChainLink, next: ChainLink): void {
  if (base.toLsn !== next.fromLsn)
    throw broken(
      `The incremental of ${describe(next.time)} begins at ${next.fromLsn}, but the backup of ${describe(base.time)} ends at ${base.toLsn}.`,
    )
  if (next.toLsn < next.fromLsn) throw broken(`The incremental of ${describe(next.time)} ends before it begins.`)
  if (base.serverUid !== undefined && next.serverUid !== undefined && base.serverUid !== next.serverUid)
    throw broken(`The backups of ${describe(base.time)} and ${describe(next.time)} are of different servers.`)
}

function describe(time: number): string {
  return new Date(time * 1000).toISOString()
}

function broken(detail: string): HoldfastError {
  return new HoldfastError('mysql/chain-broken', {
    detail,
    hint: 'Choose another point, and make a full backup soon.',
  })
}
