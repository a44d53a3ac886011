import { readFile, rm, statfs } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { decodeMechanisms } from '../sasl/mechanism.ts'
import type { PullTask } from '../server/download-jobs.ts'
import type { DownloadRequest } from '../wire/download-request.ts'
import type { SnapshotFile } from '../wire/manifest.ts'
import type { LoginOptions } from './login.ts'
import { NodeLink } from './node-link.ts'
import { readSnapshotFile } from './read-snapshot-file.ts'
import { saveFile } from './save-file.ts'
import type { ClientTls, TransportOptions } from './transport.ts'

/** Older servers' default; newer ones take 2 MiB (spec couchbase §10). */
const FSYNC_INTERVAL_BYTES = 50 << 20

/**
 * What a node does for DownloadSnapshot: pulls the files of a vbucket's snapshot from another node, going on with what is
 * there (spec couchbase §10.1). As there, a lost connection ends it; the source's snapshot is not released.
 */
export async function pullSnapshot(task: PullTask, transport: TransportOptions = {}): Promise<void> {
  const { vbid, request, signal } = task
  const { host, port } = request
  const node = new NodeLink({ host, port }, { ...transport, ...(await loginOf(request)) })
  try {
    const snapshot = task.known ?? (await task.begin((await node.prepare(vbid, signal)).manifest))
    const { manifest, folder } = snapshot
    const save = async (file: SnapshotFile, mode: number) => {
      if (request.isFailFastAllowed !== false) await requireSpace(folder, file)
      await saveFile(
        {
          file,
          folder,
          mode,
          isInPlace: true,
          fsync: request.fsyncIntervalBytes ?? FSYNC_INTERVAL_BYTES,
          read: (offset) =>
            readSnapshotFile(
              node,
              { uuid: manifest.uuid, file, offset, isSecure: request.tls !== undefined, patienceMs: 0 },
              signal,
            ),
        },
        signal,
      )
    }
    for (const file of manifest.files) await save(file, 0o644)
    for (const dek of manifest.deks) {
      // Keys are small: no run goes on with a half one, whose mode may be another.
      await rm(path.join(folder, dek.path), { force: true })
      await save(dek, 0o600)
    }
  } finally {
    node.close()
  }
}

async function loginOf({ bucket, sasl, tls }: DownloadRequest): Promise<LoginOptions> {
  return {
    bucket,
    agent: 'fbr/holdfast',
    // Whoever sent the request is an administrator of this node, and chose the way.
    isInsecureAllowed: true,
    credentials: sasl && { user: sasl.username, password: sasl.password },
    mechanisms: sasl && decodeMechanisms(Buffer.from(sasl.mechanism)),
    tls: tls && (await readTls(tls)),
  }
}

async function readTls(tls: NonNullable<DownloadRequest['tls']>): Promise<ClientTls> {
  const read = (file: string) => (file === '' ? undefined : readFile(file, 'utf8'))
  return {
    authority: await read(tls.caStore),
    certificate: await read(tls.cert),
    key: await read(tls.key),
    passphrase: tls.passphrase,
    isPeerVerified: tls.isPeerVerified,
  }
}

async function requireSpace(folder: string, file: SnapshotFile): Promise<void> {
  const { bavail, bsize } = await statfs(folder, { bigint: true })
  if (bavail * bsize < file.sizeBytes) throw new HoldfastError('disk/full', { detail: file.path })
}
