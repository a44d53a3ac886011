import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import { z } from 'zod'
import { errorCode } from '../../../os/system-error.ts'
import { type VbucketRow, vbucketRow } from '../stored-report.ts'

/** What a run that was cut off has left: on which node which snapshots, and which vbuckets are stored already. */
const line = z.discriminatedUnion('type', [
  z.object({ type: z.literal('prepared'), node: z.string(), uuid: z.string() }),
  z.object({ type: z.literal('released'), uuid: z.string() }),
  z.object({ type: z.literal('stored'), row: vbucketRow }),
])
type Line = z.infer<typeof line>

export class SaveJournal {
  readonly #file: string
  readonly #handle: FileHandle
  /** By uuid the address of the node that still has it. */
  readonly prepared = new Map<string, string>()
  readonly stored = new Map<number, VbucketRow>()

  private constructor(file: string, handle: FileHandle) {
    this.#file = file
    this.#handle = handle
  }

  static async open(file: string): Promise<SaveJournal> {
    const lines = await readLines(file)
    const journal = new SaveJournal(file, await open(file, 'a', 0o600))
    for (const item of lines) journal.#apply(item)
    return journal
  }

  async write(item: Line): Promise<void> {
    this.#apply(item)
    await this.#handle.appendFile(`${JSON.stringify(item)}\n`)
  }

  /** Its run is over. */
  async remove(): Promise<void> {
    await rm(this.#file, { force: true })
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  #apply(item: Line): void {
    if (item.type === 'prepared') this.prepared.set(item.uuid, item.node)
    else if (item.type === 'released') this.prepared.delete(item.uuid)
    else this.stored.set(item.row.vbid, item.row)
  }
}

/** The last line may be cut off: a crash came in between. */
async function readLines(file: string): Promise<readonly Line[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return ''
    throw error
  })
  return text.split('\n').flatMap((item) => {
    try {
      return [line.parse(JSON.parse(item))]
    } catch {
      return []
    }
  })
}
