import { HoldfastError } from '../../../src-shared/errors.ts'
import { displayPath, pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { FoldersSource } from '../../../src-shared/model/source.ts'
import { describeSystemError } from '../../os/system-error.ts'
import { frozenName } from './frozen-name.ts'
import { type FreezePlan, type GraftPlan, planFreeze } from './plan-freeze.ts'
import { nextStep, sayLive, whyFailed, whyLive } from './say-freeze.ts'
import type { SnapshotPlace, SnapshotProvider, Volume } from './snapshot-provider.ts'
import { type SurveyTools, surveyFolder } from './survey-folder.ts'

/** Where a walk reads places of its tree from instead: by their path in it, as `/a/b`, empty for the root. */
export type Grafts = ReadonlyMap<string, Uint8Array>

/** Folders that are read as they were at one moment, while the work on the real ones goes on. */
export interface Frozen {
  /** For the walk of a folder of the source. */
  grafts(folder: string): Grafts | undefined
  /**
   * Removes the snapshots, and returns those that were not there any more: what was read of them is not whole. Never fails: what
   * cannot be removed is said, and remembered for later. Harmless twice.
   */
  release(): Promise<readonly string[]>
}

/** Remembers snapshots through a crash. */
export interface FrozenLedger {
  /** Told before a snapshot is made; it is on the disk when this resolves. */
  remember(snapshot: SnapshotPlace): Promise<RememberedSnapshot>
}

export interface RememberedSnapshot {
  /** There is no such snapshot any more. */
  forget(): void
  /** It could not be removed: whoever comes next has to. */
  leave(): void
}

export interface FreezeTools extends SurveyTools {
  readonly ledger: FrozenLedger
  readonly say: (level: 'info' | 'warn', sentence: string) => void
  readonly now: () => Date
}

interface Made {
  readonly provider: SnapshotProvider
  readonly place: SnapshotPlace
  readonly entry: RememberedSnapshot
  readonly path: string
}

/**
 * Makes snapshots of everything that the folders lie on, as the source wishes. Throws `source/no-snapshot` where there must be
 * one and cannot be; then none is left.
 */
export async function freezeFolders(source: FoldersSource, tools: FreezeTools, signal: AbortSignal): Promise<Frozen> {
  const surveys = source.paths.map((path) => surveyFolder(path, source, tools))
  const made = new Map<string, Made>()
  const failed = new Map<string, string>()
  const plan = () => planFreeze(surveys, { oneFileSystem: source.oneFileSystem, failed })
  const release = async (): Promise<readonly string[]> => {
    const lost: string[] = []
    for (const [key, one] of made) {
      made.delete(key)
      if ((await removeMade(one, tools)) === 'lost') lost.push(displayPath(one.path))
    }
    return lost
  }
  try {
    requireAll(source, plan(), failed)
    for (const volume of plan().volumes) {
      signal.throwIfAborted()
      try {
        made.set(volume.key, await make(volume, tools))
        tools.say('info', sayMade(volume, plan(), tools))
      } catch (error) {
        failed.set(volume.key, whyFailed(error))
        requireAll(source, plan(), failed, error)
      }
    }
    signal.throwIfAborted()
  } catch (error) {
    await release()
    throw error
  }
  const { live, grafts } = plan()
  for (const ground of live) tools.say(ground.located.state === 'possible' ? 'warn' : 'info', sayLive(ground, failed))
  const paths = new Map([...made].map(([key, { path }]) => [key, path]))
  return { release, grafts: (folder) => toGrafts(grafts.get(folder), paths) }
}

/** What a run would do, for one that is only tried out. */
export function foreseeFreeze(source: FoldersSource, tools: SurveyTools): string[] {
  const surveys = source.paths.map((path) => surveyFolder(path, source, tools))
  const none = new Map<string, string>()
  const plan = planFreeze(surveys, { oneFileSystem: source.oneFileSystem, failed: none })
  requireAll(source, plan, none)
  const would = plan.volumes.map(({ top }) => `A backup would read ${displayPath(top)} from a snapshot.`)
  return [...would, ...plan.live.map((ground) => sayLive(ground, none))]
}

function requireAll(
  { fileSystemSnapshot }: FoldersSource,
  { live: [first] }: FreezePlan,
  failed: ReadonlyMap<string, string>,
  cause?: unknown,
): void {
  if (fileSystemSnapshot !== 'always' || first === undefined) return
  const detail = `${displayPath(first.path)}: ${whyLive(first, failed)}.`
  throw new HoldfastError('source/no-snapshot', { detail, hint: nextStep(first), cause })
}

async function make(volume: Volume, { providers, ledger }: FreezeTools): Promise<Made> {
  const provider = providers.find(({ fileSystem }) => fileSystem === volume.fileSystem)
  if (provider === undefined) throw new Error(`nobody makes snapshots of ${volume.fileSystem}`)
  const { key: _, ...rest } = volume
  const place = { volume: rest, name: frozenName() }
  const entry = await ledger.remember(place)
  try {
    return { provider, place, entry, path: await provider.make(volume, place.name) }
  } catch (error) {
    entry.forget()
    throw error
  }
}

async function removeMade({ provider, place, entry }: Made, { say }: FreezeTools): Promise<'whole' | 'lost'> {
  const name = `The snapshot ${place.name} in ${displayPath(place.volume.top)}`
  try {
    const end = await provider.remove(place)
    if (end === 'away') say('warn', `${name} is out of reach and will be removed later.`)
    if (end === 'away') entry.leave()
    else entry.forget()
    return end === 'removed' ? 'whole' : 'lost'
  } catch (error) {
    say('warn', `${name} could not be removed yet: ${describeSystemError(error)}.`)
    entry.leave()
    return 'whole'
  }
}

/** `Reads /home/anna, /home/ben from a snapshot of /home (Btrfs), made at 2026-11-21T15:40:12.345Z.` */
function sayMade({ key, top, fileSystem }: Volume, { grafts }: FreezePlan, { providers, now }: FreezeTools): string {
  const isOfIt = (graft: GraftPlan) => 'volume' in graft && graft.volume.key === key
  const folders = [...grafts].flatMap(([folder, places]) => ([...places.values()].some(isOfIt) ? [folder] : []))
  const title = providers.find((provider) => provider.fileSystem === fileSystem)?.title ?? fileSystem
  const names = folders.map(displayPath).join(', ')
  return `Reads ${names} from a snapshot of ${displayPath(top)} (${title}), made at ${now().toISOString()}.`
}

function toGrafts(
  planned: ReadonlyMap<string, GraftPlan> | undefined,
  paths: ReadonlyMap<string, string>,
): Grafts | undefined {
  if (planned === undefined || planned.size === 0) return undefined
  return new Map(
    [...planned].map(([at, graft]) => [
      at,
      pathTextToBytes('path' in graft ? graft.path : (paths.get(graft.volume.key) ?? '') + graft.within),
    ]),
  )
}
