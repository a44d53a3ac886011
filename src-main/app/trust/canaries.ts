import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { presetPatterns } from '../../../src-shared/model/exclude-presets.ts'
import { type PlanId, timestamp } from '../../../src-shared/model/ids.ts'
import { pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { Plan } from '../../../src-shared/model/plan.ts'
import type { FoldersSource } from '../../../src-shared/model/source.ts'
import { ExcludeRules, excludeFileName, maxExcludeFileBytes } from '../../sources/files/exclude-rules.ts'
import { writeFileDurably } from '../durable-file.ts'

/** The ending is one that programs which encrypt files look for; the name sorts among the first, where they begin. */
const fileName = '.0-holdfast-canary.docx'

const canary = z.object({
  /** Of the folder, as path text. */
  root: z.string(),
  sha256: z.string(),
  /** Absent for those of older versions: no snapshot is blamed for not having them. */
  plantedAt: timestamp.optional(),
})
const state = z.record(z.string(), z.array(canary))

/** A file that nobody has a reason to touch, and what it holds. */
export interface CanaryFile {
  readonly path: Uint8Array
  readonly sha256: string
  /** The folder of the plan that it is in, as path text. */
  readonly root: string
  readonly plantedAt: number | undefined
}

/**
 * Small files of ours among those of a plan: when one is changed or gone, so may be the rest. What was planted is
 * remembered in `canaries.json` of the data folder, so that one that was removed is missed and not planted anew.
 */
export class Canaries {
  readonly #path: string
  readonly #now: () => number

  constructor(dataDirectory: string, now: () => number) {
    this.#path = join(dataDirectory, 'canaries.json')
    this.#now = now
  }

  /** Plants what a plan does not have yet, takes back what it no longer wants, and returns what must be there. */
  tend({ id, source, options }: Pick<Plan, 'id' | 'source' | 'options'>): readonly CanaryFile[] {
    const roots = options.canaries === true && source.kind === 'folders' ? source.paths : []
    const all = this.#read()
    const before = all[id] ?? []
    for (const { root } of before) if (!roots.includes(root)) rmSync(fileIn(root), { force: true })
    const after = roots.flatMap((root) => before.find((one) => one.root === root) ?? plant(root, this.#now()) ?? [])
    if (JSON.stringify(after) !== JSON.stringify(before)) this.#write({ ...all, [id]: after })
    return after.map(toFile)
  }

  /** Those that its snapshots must have: what its rules leave out is not among them. Plants nothing. */
  stored({ id, source }: Pick<Plan, 'id' | 'source'>): readonly CanaryFile[] {
    const planted = (this.#read()[id] ?? []).map(toFile)
    return source.kind === 'folders' ? planted.filter(({ root }) => !isLeftOut(source, root)) : []
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
function plant(root: string, plantedAt: number): z.infer<typeof canary> | undefined {
  const path = fileIn(root)
  if (!existsSync(Buffer.from(pathTextToBytes(root)))) return undefined
  const text = `Holdfast planted this file. Leave it as it is: when it changes, Holdfast warns you.\n${randomBytes(256).toString('base64')}\n`
  try {
    writeFileSync(path, text, { mode: 0o644 })
  } catch {
    return undefined
  }
  return { root, sha256: createHash('sha256').update(text).digest('hex'), plantedAt }
}

function toFile({ root, sha256, plantedAt }: z.infer<typeof canary>): CanaryFile {
  return { path: fileIn(root), sha256, root, plantedAt }
}

function isLeftOut({ presets, excludes }: FoldersSource, root: string): boolean {
  const rules = new ExcludeRules([...presetPatterns(presets), ...excludes])
  try {
    const file = inFolder(root, excludeFileName)
    if (statSync(file).size <= maxExcludeFileBytes) rules.addFile(readFileSync(file), new Uint8Array(), () => undefined)
  } catch {
    // no such file: the plan's own rules are all there are
  }
  const path = Buffer.from(`/${fileName}`)
  return rules.find(path, 1, path.length, false) !== undefined
}

function fileIn(root: string): Buffer {
  return inFolder(root, fileName)
}

function inFolder(root: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(pathTextToBytes(root.replace(/\/$/, ''))), Buffer.from(`/${name}`)])
}
