import { isDigest } from '../../storage/datastore/layout.ts'
import type { VerifyObserver } from '../repository.ts'

/** More are not for a person to read. */
const MAX_DIGESTS = 100_000
const MAX_LINES = 10_000
const DIGEST_IN_LINE = /\b[0-9a-f]{64}\b/g
/**
 * Lines that tell of damage; the words are the server's own:
 *
 *     verify tank:host/elsa/2024-06-04T11:20:00Z/root.pxar.didx failed: chunks could not be verified
 *     corrupted chunk renamed to "…/b94d/b94d27b9….0.bad"
 */
const TELLS_DAMAGE = /corrupt|fail|can't|cannot|unable|missing|error|wrong|unexpected|mismatch|does not match/i

/** What the logs of verifications say is damaged. */
export class VerifyLog {
  /** Digests, and names of archives and snapshots where there is no digest. */
  readonly corrupt = new Set<string>()
  readonly #observer: Pick<VerifyObserver, 'corrupt'>
  readonly #lines: string[] = []

  constructor(observer: Pick<VerifyObserver, 'corrupt'>) {
    this.#observer = observer
  }

  add(line: string): void {
    if (!TELLS_DAMAGE.test(line)) return
    if (this.#lines.length < MAX_LINES) this.#lines.push(line)
    for (const [digest] of line.matchAll(DIGEST_IN_LINE)) {
      if (!isDigest(digest) || this.corrupt.has(digest) || this.corrupt.size >= MAX_DIGESTS) continue
      this.corrupt.add(digest)
      this.#observer.corrupt({ digest, reason: line })
    }
  }

  /** Lines that tell of damage and name this. */
  linesAbout(name: string): readonly string[] {
    return this.#lines.filter((line) => line.includes(name))
  }
}
