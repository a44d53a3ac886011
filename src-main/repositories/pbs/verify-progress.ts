import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import type { StoredSnapshot, VerifyObserver } from '../repository.ts'

/** `verify tank:host/elsa/2024-06-04T11:20:00Z` and the like: what the server is at. */
const SNAPSHOT_IN_LINE = /\b(?:host|vm|ct)\/[A-Za-z0-9_][A-Za-z0-9._-]*\/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/

/** How far a verification of many snapshots is, by the snapshots that its log names: those before the last one are done. */
export class VerifyProgress {
  readonly #observer: Pick<VerifyObserver, 'checked'>
  /** Groups of two namespaces may have the same name. */
  readonly #pending = new Map<string, number[]>()
  #current: string | undefined

  constructor(wanted: readonly StoredSnapshot[], observer: Pick<VerifyObserver, 'checked'>) {
    this.#observer = observer
    for (const { ref, archives } of wanted) {
      const size = Number(archives.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n))
      const name = formatSnapshotRef(ref)
      this.#pending.set(name, [...(this.#pending.get(name) ?? []), size])
    }
  }

  add(line: string): void {
    const name = SNAPSHOT_IN_LINE.exec(line)?.[0]
    if (name === undefined || name === this.#current) return
    if (this.#current !== undefined) this.#finish(this.#current)
    this.#current = name
  }

  /** The task has ended: whatever was not named is done too. */
  end(): void {
    for (const sizes of this.#pending.values()) for (const size of sizes.splice(0)) this.#observer.checked(size)
  }

  #finish(name: string): void {
    const size = this.#pending.get(name)?.shift()
    if (size !== undefined) this.#observer.checked(size)
  }
}
