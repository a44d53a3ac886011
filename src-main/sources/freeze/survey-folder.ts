import { lstatSync, realpathSync, statfsSync } from 'node:fs'
import { presetPatterns } from '../../../src-shared/model/exclude-presets.ts'
import { bytesToPathText, pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { FoldersSource } from '../../../src-shared/model/source.ts'
import type { MountRow, MountTable } from '../../os/mount-table.ts'
import { virtualFileSystems } from '../../os/virtual-file-systems.ts'
import { ExcludeRules } from '../files/exclude-rules.ts'
import type { Ground, Survey } from './plan-freeze.ts'
import type { Located, SnapshotProvider } from './snapshot-provider.ts'

export interface SurveyTools {
  readonly mounts: MountTable
  readonly providers: readonly SnapshotProvider[]
}

/** More volumes inside of one are not looked at: such a folder is read as it is. */
const mostInner = 4096
/** A file system with a device of this computer, which nobody else writes to. */
const device = /^\/dev\//

/** Looks at what a folder of a plan is made of. Reads the disk and changes nothing. Throws if the folder is not there. */
export function surveyFolder(folder: string, source: FoldersSource, tools: SurveyTools): Survey {
  const root = realPath(folder)
  const rules = new ExcludeRules([...presetPatterns(source.presets), ...source.excludes])
  const grounds: Ground[] = []
  const add = (path: string, located?: Located): Ground | undefined => {
    const at = path === root ? '' : path.slice(root === '/' ? 0 : root.length)
    if (grounds.some((ground) => ground.at === at)) return undefined
    const ground = groundAt(path, { at, located, isExcluded: isExcluded(rules, at) }, tools)
    if (ground !== undefined) grounds.push(ground)
    return ground
  }
  add(root)
  for (const { point } of tools.mounts.below(root)) add(point)
  // The list grows on the way: volumes have volumes inside.
  for (let index = 0; index < grounds.length; index++) {
    // index is below the length
    const ground = grounds[index]!
    if (ground.isExcluded || (ground.at !== '' && source.oneFileSystem)) continue
    const inner = innerOf(ground, tools)
    if (inner === undefined) grounds[index] = { ...ground, located: { state: 'too-many' } }
    else for (const path of inner) add(path)
  }
  return { folder, grounds }
}

/** Volumes inside of a ground that can be seen there; undefined when they are too many. */
function innerOf({ path, located }: Ground, { mounts, providers }: SurveyTools): string[] | undefined {
  if (located.state !== 'possible') return []
  const { volume, within } = located
  const paths = providers.find(({ fileSystem }) => fileSystem === volume.fileSystem)?.inner(volume, mostInner) ?? []
  if (paths.length >= mostInner) return undefined
  const mount = mounts.at(path)
  return paths.flatMap((inner) => {
    if (!inner.startsWith(`${within}/`)) return []
    const here = (path === '/' ? '' : path) + inner.slice(within.length)
    return mounts.at(here) === mount ? [here] : []
  })
}

interface Known {
  readonly at: string
  readonly located: Located | undefined
  readonly isExcluded: boolean
}

/** Undefined for what is not there any more, or cannot be looked at. */
function groundAt(path: string, { at, isExcluded }: Known, tools: SurveyTools): Ground | undefined {
  const bytes = Buffer.from(pathTextToBytes(path))
  try {
    const status = lstatSync(bytes, { bigint: true })
    const mount = tools.mounts.at(path)
    const isMadeUp = virtualFileSystems.has(statfsSync(bytes).type >>> 0)
    return {
      at,
      path,
      device: status.dev,
      fileSystem: mount?.fileSystem ?? '',
      isVirtual: isMadeUp,
      isExcluded,
      located: isMadeUp || mount === undefined ? { state: 'unsupported' } : locate(path, mount, tools),
    }
  } catch (error) {
    if (at === '') throw error
    return undefined
  }
}

function locate(path: string, mount: MountRow, { mounts, providers }: SurveyTools): Located {
  if (mount.superOptions.includes('ro') && device.test(mount.source)) return { state: 'still' }
  const provider = providers.find(({ fileSystem }) => fileSystem === mount.fileSystem)
  return provider?.locate({ path, mount, mounts }) ?? { state: 'unsupported' }
}

/** Also of what lies in something that is left out. */
function isExcluded(rules: ExcludeRules, at: string): boolean {
  const path = Buffer.from(pathTextToBytes(at))
  for (let end = path.indexOf(0x2f, 1); at !== ''; end = path.indexOf(0x2f, end + 1)) {
    const length = end < 0 ? path.length : end
    if (rules.find(path, path.lastIndexOf(0x2f, length - 1) + 1, length, true) !== undefined) return true
    if (end < 0) return false
  }
  return false
}

function realPath(folder: string): string {
  return bytesToPathText(realpathSync.native(Buffer.from(pathTextToBytes(folder)), 'buffer'))
}
