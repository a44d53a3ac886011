import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { PlanId } from '../../../src-shared/model/ids.ts'
import { pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { Plan } from '../../../src-shared/model/plan.ts'
import { writeFileDurably } from '../durable-file.ts'

/** The ending is one that programs which encrypt files look for; the name sorts among the first, where they begin. */
const fileName = '.0-holdfast-canary.docx'

const canary = z.object({
  /** Of the folder, as path text. */
  root: z.string(),
  sha256: z.string(),
})
const state = z.record(z.string(), z.array(canary))

/** A file that nobody has a reason to touch, and what it holds. */
export interface CanaryFile {
  readonly path: Buffer
  readonly sha256: string
}

/**
 * Small files of ours among those of a plan: when one is changed or gone, so may be the rest. What was planted is
 * remembered in `canaries.json` of the data folder, so that one that was removed is missed and not planted anew.
 */
export class Canaries {
  readonly #path: string

  constructor(dataDirectory: string) {
    this.#path = join(dataDirectory, 'canaries.json')
  }

  /** Plants what a plan does not have yet, takes back what it no longer wants, and returns what must be there. */
  tend({ id, source, options }: Pick<Plan, 'id' | 'source' | 'options'>): readonly CanaryFile[] {
    const roots = options.canaries === true && source.kind === 'folders' ? source.paths : []
    const all = this.#read()
    const before = all[id] ?? []
    for (const { root } of before) if (!roots.includes(root)) rmSync(fileIn(root), { force: true })
    const after = roots.flatMap((root) => before.find((one) => one.root === root) ?? plant(root) ?? [])
    if (JSON.stringify(after) !== JSON.stringify(before)) this.#write({ ...all, [id]: after })
    return after.map(({ root, sha256 }) => ({ path: fileIn(root), sha256 }))
  }

  /** Plants anew in all folders of a plan: somebody has looked, and the files of then are the right ones. */
  renew(id: PlanId): void {
    const { [id]: _, ...others } = this.#read()
    this.#write(others)
  }

  #read(): z.infer<typeof state> {
    try {
      return state.parse(JSON.parse(readFileSync(this.#path, 'utf8')))
    } catch {
      return {} // not there yet, or damaged: the canaries are planted anew
    }
  }

  #write(all: z.infer<typeof state>): void {
    writeFileDurably(this.#path, JSON.stringify(all))
  }
}

/** A folder that is not there, or may not be written to, has none. */
function plant(root: string): z.infer<typeof canary> | undefined {
  const path = fileIn(root)
  if (!existsSync(Buffer.from(pathTextToBytes(root)))) return undefined
  const text = `Holdfast planted this file. Leave it as it is: when it changes, Holdfast warns you.\n${randomBytes(256).toString('base64')}\n`
  try {
    writeFileSync(path, text, { mode: 0o644 })
  } catch {
    return undefined
  }
  return { root, sha256: createHash('sha256').update(text).digest('hex') }
}

function fileIn(root: string): Buffer {
  return Buffer.concat([Buffer.from(pathTextToBytes(root.replace(/\/$/, ''))), Buffer.from(`/${fileName}`)])
}
