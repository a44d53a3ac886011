import type { MountRow, MountTable } from '../../os/mount-table.ts'

/** A file system that can hold still what is on it. One implementation a kind, chosen by what the mount table calls it. */
export interface SnapshotProvider {
  /** As mountinfo has it. */
  readonly fileSystem: string
  /** For a person. */
  readonly title: string
  /** Finds out what a snapshot of a folder would be made of, and whether it can be made. Changes nothing. */
  locate(place: Place): Located
  /** Volumes that lie inside of this one and are not in its snapshots, as paths from its top (`/a/b`); at most so many. */
  inner(volume: Volume, limit: number): readonly string[]
  /** Makes the snapshot `name` of all that was written before, and returns the folder that is its top. */
  make(volume: Volume, name: string): Promise<string>
  /**
   * Removes what `make` made. `gone` when there was no such thing any more; `away` when its file system is not there, so
   * that nobody can tell. Never removes anything but a snapshot of that volume under that name.
   */
  remove(snapshot: SnapshotPlace): Promise<'removed' | 'gone' | 'away'>
}

export interface Place {
  /** Absolute, without links, as path text. */
  readonly path: string
  readonly mount: MountRow
  readonly mounts: MountTable
}

/** What becomes one snapshot. */
export interface Volume {
  readonly fileSystem: string
  /** The same for all folders that are in one snapshot, and for no others. */
  readonly key: string
  /** What the file system itself calls it. */
  readonly id: string
  /** Its topmost folder, as path text. */
  readonly top: string
}

/** Where a snapshot is, told before it is made and remembered until it is gone. */
export interface SnapshotPlace {
  readonly volume: Omit<Volume, 'key'>
  readonly name: string
}

/**
 * `still`: nothing there can change, so that it needs no snapshot. `needs-root`: only root may. `read-only`: the snapshot has to
 * lie beside the data, which may not be written to here. `hidden`: what would have to be held still cannot be reached from here.
 * `unknown`: it could not be looked at.
 */
export type Located =
  | {
      readonly state: 'possible'
      readonly volume: Volume /** From its top: `/a/b`, or nothing. */
      readonly within: string
    }
  | { readonly state: 'still' | 'unsupported' | 'needs-root' | 'read-only' | 'hidden' | 'too-many' | 'unknown' }
