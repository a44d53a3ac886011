import type { MysqlFacts } from '../../../src-shared/model/mysql-source.ts'
import type { ChainLink } from '../../engines/xtrabackup/chain/check-chain.ts'

/** A snapshot of a database by what it says of itself. */
export interface FactsOfSnapshot {
  /** Unix seconds: of the snapshot, not of the backup in it. */
  readonly time: number
  readonly facts: MysqlFacts
}

export function linkOf<Snapshot extends FactsOfSnapshot>(
  snapshot: Snapshot,
): ChainLink & { readonly snapshot: Snapshot } {
  const { time, facts } = snapshot
  return {
    snapshot,
    time,
    level: facts.level,
    fromLsn: BigInt(facts.fromLsn),
    toLsn: BigInt(facts.toLsn),
    baseTime: facts.base?.time,
    serverUid: facts.server.uid,
  }
}
