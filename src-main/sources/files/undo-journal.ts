import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { NodeStatus } from '../../os/file-system-calls.ts'
import { makeFolders } from '../../os/make-folders.ts'

/** Lies in the safety folder beside the saved files; one JSON object a line. Bytes of paths are one char each. */
export const journalName = 'journal.jsonl'
/** The saved files, named by their number. */
export const savedFolder = 'saved'
const maxJournalBytes = 1 << 29

const header = z.object({ version: z.literal(1), target: z.string() })

const before = z.object({
  permissions: z.number().int(),
  uid: z.number().int(),
  gid: z.number().int(),
  mtimeNs: z.string(),
})

const nodeRecord = z.object({ inode: z.string(), sizeBytes: z.string(), mtimeNs: z.string() })

const journalRecord = z.discriminatedUnion('op', [
  /** Something new got this path. Written before it does, so that it may never have. */
  z.object({ op: z.literal('created'), path: z.string(), isDirectory: z.boolean(), node: nodeRecord }),
  /** What was at this path is kept under this number. */
  z.object({ op: z.literal('saved'), path: z.string(), copy: z.string() }),
  /** Under this path a new folder is filled before it gets its own: still there only after a crash. */
  z.object({ op: z.literal('staged'), path: z.string() }),
  /** The records before this one name a path, or paths below it, that became another. */
  z.object({ op: z.literal('moved'), path: z.string(), to: z.string() }),
  /** A folder that was there, as it was before anything came into it. */
  z.object({ op: z.literal('entered'), path: z.string(), before }),
])
export type JournalRecord = z.infer<typeof journalRecord>

export interface Journal {
  readonly target: string
  readonly records: readonly JournalRecord[]
}

const bufferBytes = 1 << 16

/** Appends records; each, and what was put off, is with the operating system before `write` returns. */
export class JournalWriter {
  readonly #fd: number
  #buffer = ''

  /** `folder` is made if need be, and must not hold a journal yet. */
  constructor(folder: string, target: string) {
    makeFolders(join(folder, savedFolder), 0o700)
    try {
      this.#fd = openSync(join(folder, journalName), 'ax', 0o600)
    } catch (cause) {
      throw new HoldfastError('input/invalid', { detail: 'The folder for safety copies is in use.', cause })
    }
    this.#line({ version: 1, target } satisfies z.infer<typeof header>)
    this.flush()
  }

  write(record: JournalRecord): void {
    this.#line(record)
    this.flush()
  }

  /** For what nobody can see before the next `flush`. */
  writeLater(record: JournalRecord): void {
    this.#line(record)
    if (this.#buffer.length >= bufferBytes) this.flush()
  }

  flush(): void {
    const data = Buffer.from(this.#buffer)
    this.#buffer = ''
    for (let at = 0; at < data.length; ) at += writeSync(this.#fd, data, at)
  }

  close(): void {
    try {
      this.flush()
    } finally {
      closeSync(this.#fd)
    }
  }

  #line(value: object): void {
    this.#buffer += `${JSON.stringify(value)}\n`
  }
}

/** A last line that a crash cut short is left out: what it announced did not happen. */
export function readJournal(folder: string): Journal {
  let lines: string[]
  try {
    const content = readFileSync(join(folder, journalName))
    if (content.length > maxJournalBytes) throw new RangeError('the journal is too large')
    lines = content.toString('utf8').split('\n').slice(0, -1)
  } catch (cause) {
    throw new HoldfastError('path/not-found', { detail: 'There is nothing to undo in this folder.', cause })
  }
  try {
    const [first, ...rest] = lines.map((line): unknown => JSON.parse(line))
    return { target: header.parse(first).target, records: rest.map((line) => journalRecord.parse(line)) }
  } catch (cause) {
    throw new HoldfastError('input/invalid', { detail: 'The journal of this restore is damaged.', cause })
  }
}

export function nodeOf({ inode, sizeBytes, mtimeNs }: NodeStatus): z.infer<typeof nodeRecord> {
  return { inode: `${inode}`, sizeBytes: `${sizeBytes}`, mtimeNs: `${mtimeNs}` }
}
