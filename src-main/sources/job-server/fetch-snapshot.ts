import type { JobServerFacts } from '../../../src-shared/model/job-server-source.ts'
import type { VagrantConnection } from '../../engines/vagrant/client/connect-vagrant.ts'
import { createSnapshot } from '../../engines/vagrant/client/transfer-snapshot.ts'
import { readSnapshot } from '../../engines/vagrant/snapshots/snapshot-reader.ts'
import { storeInGzip } from '../../engines/vagrant/snapshots/stored-gzip.ts'
import type { Pace } from '../../os/pace.ts'
import type { NamelessFile } from './nameless-file.ts'

/** A server has some ten kinds of things; whatever it calls more than that goes without a count. */
const countedBuckets = 1000

/**
 * Takes a server's snapshot into a file, record by record as they came, in gzip that a repository can store once. Returns when
 * header, chunks and digest were right; throws `ProtocolError` otherwise.
 */
export async function fetchSnapshot(
  connection: VagrantConnection,
  file: NamelessFile,
  { pace, signal }: { readonly pace: Pace | undefined; readonly signal: AbortSignal },
): Promise<Pick<JobServerFacts, 'version' | 'sha256' | 'sizeBytes' | 'buckets'>> {
  const buckets = new Map<string, { items: number; sizeBytes: number }>()
  let [version, sha256, sizeBytes] = ['', '', 0]
  async function* records(): AsyncGenerator<Uint8Array> {
    const bytes = createSnapshot(connection, signal)
    for await (const part of readSnapshot(pace?.through(bytes, signal) ?? bytes, { signal })) {
      switch (part.type) {
        case 'record':
          sizeBytes += part.bytes.length
          yield part.bytes
          break
        case 'header':
          version = part.header.version?.version ?? ''
          break
        case 'item':
          count(buckets, part.item.bucket, part.item.value.length)
          break
        case 'verified':
          sha256 = part.sha256
          break
      }
    }
  }
  for await (const piece of storeInGzip(records())) await file.append(piece)
  return { version, sha256, sizeBytes, buckets: Array.from(buckets, ([name, counts]) => ({ name, ...counts })) }
}

function count(buckets: Map<string, { items: number; sizeBytes: number }>, name: string, sizeBytes: number): void {
  const counts = buckets.get(name) ?? { items: 0, sizeBytes: 0 }
  if (!buckets.has(name) && buckets.size === countedBuckets) return
  buckets.set(name, { items: counts.items + 1, sizeBytes: counts.sizeBytes + sizeBytes })
}
