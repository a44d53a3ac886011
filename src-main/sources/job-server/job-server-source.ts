import { hostname } from 'node:os'
import {
  type JobServerFacts,
  type JobServerSource,
  jobServerFactsName,
  jobServerFileName,
  jobServerTreeName,
} from '../../../src-shared/model/job-server-source.ts'
import type { Metadata, TreeEntry } from '../../archive/tree.ts'
import type { Pace } from '../../os/pace.ts'
import type { ArchiveInput, Source, SourceView } from '../source.ts'
import { fetchSnapshot } from './fetch-snapshot.ts'
import { NamelessFile } from './nameless-file.ts'
import { callFailure, connectServer } from './server-connection.ts'

export interface JobServerSourceOptions {
  readonly token: string
  readonly now?: (() => number) | undefined
  /** How fast the snapshot may come. */
  readonly pace?: Pace | undefined
}

/**
 * A job server as a tree with one file, its own snapshot as any such server takes it back, and a blob that says what is in it. When
 * `open` returns all of it is here and its digest was right: what cannot be restored becomes no snapshot.
 */
export function createJobServerSource(spec: JobServerSource, options: JobServerSourceOptions): Source {
  const { token, pace, now = Date.now } = options
  return {
    async open(_observer, signal) {
      const connection = await connectServer(spec, token, signal)
      try {
        const file = await NamelessFile.create()
        try {
          const takenAt = now()
          const found = await fetchSnapshot(connection, file, { pace, signal })
          return viewOf(spec, file, { format: 1, address: spec.address, takenAt, ...found })
        } catch (error) {
          await file.close()
          throw error
        }
      } catch (error) {
        signal.throwIfAborted()
        throw callFailure(error)
      } finally {
        connection.close()
      }
    },
  }
}

function viewOf(spec: JobServerSource, file: NamelessFile, facts: JobServerFacts): SourceView {
  let seen = 0
  async function* entries(): AsyncGenerator<TreeEntry> {
    const mtimeNs = BigInt(facts.takenAt) * 1_000_000n
    for (const entry of [folder(mtimeNs), fileEntry(file, mtimeNs)]) {
      seen += 1
      yield entry
    }
    yield { kind: 'leave' }
  }
  async function* archives(): AsyncGenerator<ArchiveInput> {
    yield { type: 'tree', name: jobServerTreeName, entries: entries(), excludePatterns: [] }
    yield { type: 'blob', name: jobServerFactsName, data: Buffer.from(JSON.stringify(facts, undefined, 1)) }
  }
  return {
    archives,
    facts: () => ({
      host: hostname(),
      roots: [{ archive: jobServerTreeName, path: `job-server://${spec.address}` }],
    }),
    counts: () => ({ seen, handedOver: seen, skipped: 0, failed: 0 }),
    close: () => file.close(),
  }
}

function folder(mtimeNs: bigint): TreeEntry {
  return { kind: 'directory', name: new Uint8Array(), metadata: metadata(0o700, mtimeNs) }
}

/** Its owner's alone, wherever it is restored to: whoever has it can sign tokens of the server. */
function fileEntry(file: NamelessFile, mtimeNs: bigint): TreeEntry {
  return {
    kind: 'file',
    name: Buffer.from(jobServerFileName),
    metadata: metadata(0o600, mtimeNs),
    sizeBytes: BigInt(file.sizeBytes),
    linkCount: 1,
    open: () => file.content(),
  }
}

function metadata(permissions: number, mtimeNs: bigint): Metadata {
  return { permissions, uid: 0, gid: 0, mtimeNs, flags: 0n, xattrs: [] }
}
