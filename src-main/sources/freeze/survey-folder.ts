import { lstatSync, realpathSync, statfsSync } from 'node:fs'
import { presetPatterns } from '../../../src-shared/model/exclude-presets.ts'
import { bytesToPathText, pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { FoldersSource } from '../../../src-shared/model/source.ts'
import type { MountRow, MountTable } from '../../os/mount-table.ts'
import { errorCode } from '../../os/system-error.ts'
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
/** Of no node: such a ground is on no other's file system. */
const noDevice = -1n

/** Looks at what a folder of a plan is made of. Reads the disk and changes nothing. Throws if the folder is not there. */
export function surveyFolder(folder: string, source: FoldersSource, tools: SurveyTools): Survey {
  const root = realPath(folder)
  const rules = new ExcludeRules([...presetPatterns(source.presets), ...source.excludes])
  const grounds: Ground[] = []
  const add = (path: string): void => {
    const at = path === root ? '' : path.slice(root === '/' ? 0 : root.length)
    if (grounds.some((ground) => ground.at === at)) return
    const ground = groundAt(path, { at, isExcluded: isExcluded(rules, at) }, tools)
    if (ground !== undefined) grounds.push(ground)
  }
  add(root)
  for (const { point } of tools.mounts.below(root)) add(point)
  // The list grows on the way: volumes have volumes inside.
  for (let index = 0; index < grounds.length; index++) {
    // index is below the length
    const ground = grounds[index]!
    if (ground.isExcluded || (source.oneFileSystem && ground.device !== grounds[0]?.device)) continue
    const inner = innerOf(ground, tools)
    // What is inside has to be known: in the snapshot these places are empty folders.
    if (typeof inner === 'string') grounds[index] = { ...ground, located: { state: inner } }
    else for (const path of inner) add(path)
  }
  return { folder, grounds }
}

/** Volumes inside of a ground that can be seen there, or why that is not known. */
function innerOf({ path, located }: Ground, { mounts, providers }: SurveyTools): string[] | 'too-many' | 'unknown' {
  if (located.state !== 'possible') return []
  const { volume, within } = located
  const mount = mounts.at(path)
  try {
    const paths = providers.find(({ fileSystem }) => fileSystem === volume.fileSystem)?.inner(volume, mostInner) ?? []
    if (paths.length >= mostInner) return 'too-many'
    return paths.flatMap((inner) => {
      if (!inner.startsWith(`${within}/`)) return []
      const here = (path === '/' ? '' : path) + inner.slice(within.length)
      return mounts.at(here) === mount ? [here] : []
    })
  } catch {
    return 'unknown'
  }
}

/** Undefined for what is not there any more. What cannot be looked at is left to the walk, which will say so. */
function groundAt(
  path: string,
  { at, isExcluded }: Pick<Ground, 'at' | 'isExcluded'>,
  tools: SurveyTools,
): Ground | undefined {
  const bytes = Buffer.from(pathTextToBytes(path))
  const mount = tools.mounts.at(path)
  const known = { at, path, fileSystem: mount?.fileSystem ?? '', isExcluded }
  try {
    const { dev } = lstatSync(bytes, { bigint: true })
    const isVirtual = virtualFileSystems.has(statfsSync(bytes).type >>> 0)
    const located: Located = isVirtual || mount === undefined ? { state: 'unsupported' } : locate(path, mount, tools)
    return { ...known, device: dev, isVirtual, located }
  } catch (error) {
    if (errorCode(error) === 'ENOENT' && at !== '') return undefined
    return { ...known, device: noDevice, isVirtual: false, located: { state: 'unknown' } }
  }
}

function locate(path: string, mount: MountRow, { mounts, providers }: SurveyTools): Located {
  if (mount.superOptions.includes('ro') && device.test(mount.source)) return { state: 'still' }
  const provider = providers.find(({ fileSystem }) => fileSystem === mount.fileSystem)
  try {
    return provider?.locate({ path, mount, mounts }) ?? { state: 'unsupported' }
  } catch {
    return { state: 'unknown' }
  }
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
