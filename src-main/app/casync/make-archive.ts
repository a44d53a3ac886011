import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import { blobFeatures, digestOf } from '../../archive/catar/feature-flags.ts'
import {
  areOnOneHost,
  contentOf,
  defaultStore,
  formatLocator,
  type Locator,
} from '../../engines/casync/address/locator.ts'
import type { ChunkSizes } from '../../engines/casync/chunker/chunk-sizes.ts'
import type { Reach } from '../../engines/casync/client/open-stores.ts'
import { type PushedThings, push } from '../../engines/casync/client/push-session.ts'
import { startRemoteProgram, withLastWords } from '../../engines/casync/client/remote-program.ts'
import { makeBlobIndex, makeTreeIndex } from '../../engines/casync/operations/make.ts'
import type { WritableCompression } from '../../engines/casync/store/compression.ts'
import { LocalStore } from '../../engines/casync/store/local-store.ts'
import { createNewFile } from '../../engines/casync/store/new-file.ts'
import { StoreThreads } from '../../engines/casync/store/store-threads.ts'
import { type FolderArchiveOptions, folderArchive, folderEntries } from './folder-archive.ts'

export interface MakeChoice {
  /** Undefined is the one beside the index. */
  readonly store?: Locator | undefined
  readonly sizes: ChunkSizes
  readonly compression: WritableCompression
  readonly folder: FolderArchiveOptions
  readonly reach: Reach
}

/** What `casync make` does: an index with its chunks, or an archive, here or at the far end of ssh. Returns its digest. */
export async function makeArchive(
  target: Locator,
  source: string,
  choice: MakeChoice,
  signal: AbortSignal,
): Promise<Digest> {
  const content = contentOf(target)
  if (content === 'archive') return await makeCatar(target, source, choice, signal)
  if (content !== 'archive-index' && content !== 'blob-index') {
    throw invalid(`${formatLocator(target)} ends neither in .caidx nor in .caibx or .catar.`)
  }
  await checkSource(source, content === 'archive-index')
  const store = choice.store ?? defaultStore(target)
  if (target.kind === 'path' && store.kind === 'path') {
    return await makeIndex({ file: target.path, store: store.path, content }, source, choice, signal)
  }
  if (target.kind !== 'ssh' || !areOnOneHost(target, store) || store.kind !== 'ssh') {
    throw new HoldfastError('repository/unsupported', {
      detail: 'An index and its store are made both on this computer, or both on one at the far end of ssh.',
      hint: 'casync itself waits forever, or loses the chunks.',
    })
  }
  const places = { host: target.host, index: target.path, store: store.path }
  return await withScratch(async (scratch) => {
    const local = { file: path.join(scratch, path.basename(target.path)), store: path.join(scratch, 'chunks.castr') }
    const digest = await makeIndex({ ...local, content }, source, choice, signal)
    const chunks = new LocalStore(local.store)
    const index = createReadStream(local.file)
    await pushThings(places, { index, chunk: (id) => chunks.readStored(id) }, choice.reach, signal)
    return digest
  })
}

interface IndexPlaces {
  readonly file: string
  readonly store: string
  readonly content: 'archive-index' | 'blob-index'
}

async function makeIndex(places: IndexPlaces, source: string, choice: MakeChoice, signal: AbortSignal) {
  const { sizes, compression, folder, reach } = choice
  const { featureFlags } = folder
  const suffix = reach.chunkSuffix === undefined ? {} : { suffix: reach.chunkSuffix }
  const writer = new StoreThreads(new LocalStore(places.store, { compression, ...suffix }))
  writer.start()
  try {
    const hash = createHash(digestOf(featureFlags))
    const common = { writer, indexFile: places.file, hash, signal }
    if (places.content === 'blob-index') {
      const header = { featureFlags: blobFeatures(featureFlags), sizes }
      await makeBlobIndex(createReadStream(source), { ...common, header })
    } else {
      const encoder = { idShift: folder.idShift }
      const header = { featureFlags, sizes }
      await makeTreeIndex(folderEntries(source, folder, signal), { ...common, header, encoder })
    }
    return hash.digest('hex') as Digest // 64 lower-case digits
  } finally {
    await writer.close()
  }
}

async function makeCatar(target: Locator, source: string, { folder, reach }: MakeChoice, signal: AbortSignal) {
  await checkSource(source, true)
  const hash = createHash(digestOf(folder.featureFlags))
  async function* archive(): AsyncGenerator<Uint8Array> {
    for await (const piece of folderArchive(source, folder, signal)) {
      hash.update(piece)
      yield piece
    }
  }
  if (target.kind === 'path') {
    const file = await createNewFile(target.path)
    try {
      for await (const piece of archive()) await file.write(piece)
      await file.commit()
    } finally {
      await file.discard()
    }
  } else if (target.kind === 'ssh') {
    await pushThings({ host: target.host, archive: target.path }, { archive: archive() }, reach, signal)
  } else throw new HoldfastError('repository/unsupported', { detail: 'Nothing can be stored behind a web server.' })
  return hash.digest('hex') as Digest // 64 lower-case digits
}

async function pushThings(
  {
    host,
    ...what
  }: { readonly host: string; readonly archive?: string; readonly index?: string; readonly store?: string },
  things: PushedThings,
  { sshPath, remotePath, bytesPerSecond }: Reach,
  signal: AbortSignal,
): Promise<void> {
  const program = startRemoteProgram({ host, sshPath, remotePath }, { verb: 'push', ...what })
  try {
    await push(program.pipes, things, { bytesPerSecond }, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw await withLastWords(error, program)
  } finally {
    await program.close()
  }
}

/** Below `TMPDIR`; nothing of it stays. */
export async function withScratch<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-casync-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function checkSource(source: string, isTree: boolean): Promise<void> {
  const found = await stat(source).catch((cause: unknown) => {
    throw new HoldfastError('path/not-found', { detail: source, cause })
  })
  if (isTree && !found.isDirectory()) throw new HoldfastError('path/not-a-folder', { detail: source })
  if (!isTree && found.isDirectory()) throw invalid(`${source} is a folder; its index ends in .caidx.`)
}

function invalid(detail: string): HoldfastError {
  return new HoldfastError('input/invalid', { detail })
}
