import type { Located, Volume } from './snapshot-provider.ts'

/** A part of a folder that lies on a file system or volume of its own: the folder itself, a mount point, a volume inside. */
export interface Ground {
  /** From the folder: empty for the folder itself, else `/a/b`. */
  readonly at: string
  /** Where it is, as path text. */
  readonly path: string
  readonly device: bigint
  readonly fileSystem: string
  /** Its content is made up by the kernel: no walk enters it. */
  readonly isVirtual: boolean
  /** The plan leaves it out, so that no walk comes there. */
  readonly isExcluded: boolean
  readonly located: Located
}

/** A folder of a plan with all its grounds, the folder itself among them. */
export interface Survey {
  readonly folder: string
  readonly grounds: readonly Ground[]
}

export interface FreezeWish {
  readonly oneFileSystem: boolean
  /** Keys of volumes of which no snapshot could be made after all, with the reason. */
  readonly failed: ReadonlyMap<string, string>
}

/** Where a walk reads a ground from: a folder of a snapshot, or the place itself, which a snapshot would not have. */
export type GraftPlan = { readonly volume: Volume; readonly within: string } | { readonly path: string }

export interface FreezePlan {
  /** Each becomes one snapshot. */
  readonly volumes: readonly Volume[]
  /** By folder, then by the place in it. */
  readonly grafts: ReadonlyMap<string, ReadonlyMap<string, GraftPlan>>
  /** What is entered, and read as it is though it may change meanwhile. */
  readonly live: readonly Ground[]
}

/**
 * Decides what has to be held still and which place of a folder is then read from where. A snapshot ends where another file
 * system or volume begins: there the walk goes on in that one's snapshot, or where it would be without any.
 */
export function planFreeze(surveys: readonly Survey[], wish: FreezeWish): FreezePlan {
  const volumes = new Map<string, Volume>()
  const grafts = new Map<string, ReadonlyMap<string, GraftPlan>>()
  const live: Ground[] = []
  for (const { folder, grounds } of surveys) {
    const ofFolder = new Map<string, GraftPlan>()
    for (const { ground, isEntered, isInSnapshot } of visits(grounds, wish)) {
      const volume = isEntered ? volumeOf(ground, wish) : undefined
      if (volume !== undefined) {
        volumes.set(volume.volume.key, volume.volume)
        ofFolder.set(ground.at, volume)
        continue
      }
      if (isInSnapshot) ofFolder.set(ground.at, { path: ground.path })
      if (isEntered && ground.located.state !== 'still') live.push(ground)
    }
    grafts.set(folder, ofFolder)
  }
  return { volumes: [...volumes.values()], grafts, live }
}

/** What of the grounds a walk enters, as for `judgeFreeze`. */
export function enteredGrounds({ grounds }: Survey, wish: FreezeWish): Ground[] {
  return [...visits(grounds, wish)].flatMap(({ ground, isEntered }) => (isEntered ? [ground] : []))
}

interface Visit {
  readonly ground: Ground
  readonly isEntered: boolean
  /** It lies in a ground that is read from a snapshot, where this place is empty. */
  readonly isInSnapshot: boolean
}

/** The grounds that a walk comes by, from the outside in, as its own rules have it (tree-cursor.ts). */
function* visits(grounds: readonly Ground[], wish: FreezeWish): Generator<Visit> {
  const inside: Visit[] = []
  for (const ground of [...grounds].sort((a, b) => a.at.length - b.at.length)) {
    const outer = inside.findLast((other) => ground.at.startsWith(`${other.ground.at}/`))
    const isReached = ground.at === '' || (outer?.isEntered === true && !ground.isExcluded)
    if (!isReached) {
      // What is around it is not entered, and neither is it; nor does a walk see it.
      inside.push({ ground, isEntered: false, isInSnapshot: false })
      continue
    }
    const isSameFileSystem = outer === undefined || outer.ground.device === ground.device
    const visit = {
      ground,
      isEntered: !ground.isVirtual && (isSameFileSystem || !wish.oneFileSystem),
      isInSnapshot: outer !== undefined && volumeOf(outer.ground, wish) !== undefined,
    }
    inside.push(visit)
    yield visit
  }
}

function volumeOf({ located }: Ground, { failed }: FreezeWish): { volume: Volume; within: string } | undefined {
  if (located.state !== 'possible' || failed.has(located.volume.key)) return undefined
  return { volume: located.volume, within: located.within }
}
