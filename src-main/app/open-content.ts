import { randomBytes } from 'node:crypto'
import { bytesToPathText, displayPath } from '../../src-shared/model/path-text.ts'
import type { PlainError } from '../../src-shared/model/plain-error.ts'
import { tarStream } from '../archive/tar/tar-stream.ts'
import type { FileEntry, TreeEntry } from '../archive/tree.ts'
import { type ZipEntry, zipStream } from '../archive/zip/zip-stream.ts'
import type { SnapshotReader } from '../repositories/repository.ts'
import type { Content, ContentEntry, ContentForm, ContentRequest, ContentResponse } from './content.ts'
import { contentHeaders, contentKind, isPacked } from './content-policy.ts'
import { parseRange } from './content-range.ts'
import { type BugLog, isAbort, toPlainError } from './contract-errors.ts'
import { reroot } from './restore/reroot.ts'
import { type PathInSnapshot, parseSnapshotPath } from './restore/snapshot-path.ts'
import type { SnapshotsService } from './services/snapshots.ts'

/** Addresses given out in one session; the oldest stop working. */
const maximumTokens = 10_000
const readBytes = 256 * 1024

/** Contents of entries by their own route (style D5): files with ranges, folders as zip and tar while they are read. */
export class SnapshotContent implements Content {
  readonly #snapshots: SnapshotsService
  readonly #bugs: BugLog
  readonly #tokens = new Map<string, ContentEntry>()
  readonly #byEntry = new Map<string, string>()

  constructor(snapshots: SnapshotsService, bugs: BugLog) {
    this.#snapshots = snapshots
    this.#bugs = bugs
  }

  /** Where a host serves an entry, relative to its origin. Nobody can guess it; it is valid as long as the app runs. */
  url(entry: ContentEntry): string {
    const key = JSON.stringify([entry.snapshotId, entry.path, entry.as])
    let token = this.#byEntry.get(key)
    if (token === undefined) {
      token = randomBytes(18).toString('base64url')
      this.#byEntry.set(key, token)
      this.#tokens.set(token, entry)
      const oldest = this.#tokens.entries().next().value
      if (this.#tokens.size > maximumTokens && oldest !== undefined) {
        this.#tokens.delete(oldest[0])
        this.#byEntry.delete(JSON.stringify([oldest[1].snapshotId, oldest[1].path, oldest[1].as]))
      }
    }
    return `content/${token}/${encodeURIComponent(fileNameOf(entry))}`
  }

  async open(request: ContentRequest, signal: AbortSignal): Promise<ContentResponse> {
    const entry = typeof request.entry === 'string' ? this.#tokens.get(request.entry) : request.entry
    if (entry === undefined) return plain(404, notThere('There is no such content, or the session is over.'))
    try {
      return await this.#open(entry, request.range, signal)
    } catch (error) {
      if (isAbort(error)) throw error
      const failure = toPlainError(error, this.#bugs)
      return plain(/unknown|not-found/.test(failure.code) ? 404 : 500, failure)
    }
  }

  async #open(entry: ContentEntry, range: string | undefined, signal: AbortSignal): Promise<ContentResponse> {
    const path = parseSnapshotPath(entry.path)
    const snapshot = await this.#snapshots.get(entry.snapshotId)
    const { reader, release } = await this.#snapshots.lease(snapshot, signal)
    try {
      const fileName = fileNameOf(entry)
      if (entry.as === 'zip' || entry.as === 'tar') {
        const body = entry.as === 'zip' ? zipOf(reader, path, signal) : tarStream(chosen(reader, path, signal))
        const kind = {
          mime: entry.as === 'zip' ? 'application/zip' : 'application/x-tar',
          disposition: 'attachment',
        } as const
        return {
          status: 200,
          headers: contentHeaders(kind, fileName, {}),
          mime: kind.mime,
          fileName,
          sizeBytes: undefined,
          body: released(body, release),
        }
      }
      if (path === undefined) {
        release()
        return plain(404, notThere('A list of archives has no content.'))
      }
      return await this.#file({ reader, path, fileName, form: entry.as, range, release }, signal)
    } catch (error) {
      release()
      throw error
    }
  }

  async #file(
    { reader, path, fileName, form, range, release }: FileRequest,
    signal: AbortSignal,
  ): Promise<ContentResponse> {
    const { tree, names } = path
    const stored = await reader.stat(tree, names, signal)
    const kind = contentKind(fileName, form)
    const total = Number(stored.sizeBytes)
    const wanted = parseRange(range, total)
    const base = { mime: kind.mime, fileName }
    if (wanted === 'unsatisfiable') {
      release()
      return {
        ...plain(416, notThere('The file is shorter than that.')),
        headers: contentHeaders(kind, fileName, { 'content-range': `bytes */${total}` }),
      }
    }
    const { from, length } = wanted === 'whole' ? { from: 0, length: total } : wanted
    const content = reader.content(tree, names, { offset: BigInt(from), length: BigInt(length) }, signal)
    return {
      ...base,
      status: wanted === 'whole' ? 200 : 206,
      headers: contentHeaders(kind, fileName, {
        'accept-ranges': 'bytes',
        'content-length': String(length),
        ...(wanted === 'whole' ? {} : { 'content-range': `bytes ${from}-${from + length - 1}/${total}` }),
      }),
      sizeBytes: length,
      body: released(content, release),
    }
  }
}

interface FileRequest {
  readonly reader: SnapshotReader
  readonly path: PathInSnapshot
  readonly fileName: string
  readonly form: 'inline' | 'download'
  readonly range: string | undefined
  release(): void
}

/** What was chosen, under its own name, with all below it. */
export async function* chosen(
  reader: SnapshotReader,
  path: PathInSnapshot | undefined,
  signal: AbortSignal,
): AsyncGenerator<TreeEntry> {
  const taken = new Set<string>()
  for (const tree of path === undefined ? reader.trees : [path.tree]) {
    const names = path?.names ?? []
    const select = names.length === 0 ? undefined : [names]
    const entries = reader.walk(tree, { select, contents: true }, signal)
    yield* reroot(entries, { select: select ?? [[]], rootName: Buffer.from(tree), taken })
  }
}

function zipOf(
  reader: SnapshotReader,
  path: PathInSnapshot | undefined,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  return zipStream(zipEntries(reader, path, signal))
}

async function* zipEntries(
  reader: SnapshotReader,
  path: PathInSnapshot | undefined,
  signal: AbortSignal,
): AsyncGenerator<ZipEntry> {
  const folders: Uint8Array[] = []
  for await (const entry of chosen(reader, path, signal)) {
    if (entry.kind === 'leave') {
      folders.pop()
      continue
    }
    const name = Buffer.concat(
      [...folders, entry.name].flatMap((part, i) => (i === 0 ? [part] : [Buffer.from('/'), part])),
    )
    if (entry.kind === 'directory') folders.push(entry.name)
    // A zip has no hard links, devices or sockets. A link's content is what it names; that comes under its first name.
    if (entry.kind !== 'directory' && entry.kind !== 'file' && entry.kind !== 'symlink') continue
    const { permissions, mtimeNs } = entry.metadata
    const base = { name, permissions, modifiedAt: Number(mtimeNs / 1_000_000n) }
    if (entry.kind === 'directory') yield { ...base, kind: 'directory', sizeBytes: 0, compress: false }
    else if (entry.kind === 'symlink') {
      yield { ...base, kind: 'symlink', sizeBytes: entry.target.length, content: once(entry.target), compress: false }
    } else {
      const compress = !isPacked(bytesToPathText(entry.name))
      yield { ...base, kind: 'file', sizeBytes: Number(entry.sizeBytes), content: contentOf(entry), compress }
    }
  }
}

/** Content of a file of a stream; closes it also when nobody wants the rest. */
export async function* contentOf(file: FileEntry): AsyncGenerator<Uint8Array> {
  const content = await file.open()
  try {
    while (true) {
      const into = new Uint8Array(readBytes)
      const length = await content.read(into)
      if (length === 0) return
      yield into.subarray(0, length)
    }
  } finally {
    await content.close()
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Gives the reader back when the body ends, however it ends, also when it never began. */
function released(body: AsyncIterable<Uint8Array>, release: () => void): AsyncIterableIterator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]()
  let isReleased = false
  const end = (): void => {
    if (!isReleased) release()
    isReleased = true
  }
  return {
    async next() {
      try {
        const result = await iterator.next()
        if (result.done) end()
        return result
      } catch (error) {
        end()
        throw error
      }
    },
    async return() {
      try {
        await iterator.return?.()
      } finally {
        end()
      }
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

function fileNameOf({ path, as }: { readonly path: string; readonly as: ContentForm }): string {
  const last = displayPath(path.split('/').findLast((name) => name !== '') ?? 'snapshot')
  return as === 'zip' || as === 'tar' ? `${last}.${as}` : last
}

function notThere(message: string): PlainError {
  return { code: 'path/not-found', message }
}

function plain(status: 404 | 416 | 500, failure: PlainError): ContentResponse {
  const body = Buffer.from(`${failure.message}\n`)
  const mime = 'text/plain; charset=utf-8'
  return {
    status,
    failure,
    headers: contentHeaders({ mime, disposition: 'inline' }, 'error.txt', { 'content-length': String(body.length) }),
    mime,
    fileName: 'error.txt',
    sizeBytes: body.length,
    body: once(body),
  }
}
