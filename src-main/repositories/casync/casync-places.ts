import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'

/**
 * A casync repository on this computer, at the address `/backups/name.castr`:
 *
 *     /backups/name.castr/           the chunks, as casync has them
 *     /backups/name.snapshots/       what Holdfast made: host/elsa/2026-01-02T03:04:05Z/documents.caidx, …, snapshot.json
 *     /backups/…/*.caidx, *.caibx    what casync made: each is a snapshot too
 *
 * Every index is one that casync reads: `casync extract --store=/backups/name.castr …/documents.caidx target`.
 */
export interface CasyncPlaces {
  /** The .castr folder. */
  readonly store: string
  readonly snapshots: string
  /** The folder of both. */
  readonly parent: string
  /** Without `.castr`. */
  readonly name: string
}

export const storeSuffix = '.castr'
export const snapshotsSuffix = '.snapshots'

/** Throws `input/invalid` for what is no absolute path of a store. */
export function placesOf(address: string): CasyncPlaces {
  const store = path.resolve(address)
  const name = path.basename(store, storeSuffix)
  if (!path.isAbsolute(address) || !store.endsWith(storeSuffix) || name === '' || name === storeSuffix) {
    throw new HoldfastError('input/invalid', {
      detail: `${JSON.stringify(address)} is no casync store.`,
      hint: `Use an absolute path that ends in ${storeSuffix}.`,
    })
  }
  const parent = path.dirname(store)
  return { store, snapshots: path.join(parent, name + snapshotsSuffix), parent, name }
}
