import type { ArchiveInfo } from './snapshot.ts'

const endings = ['.mpxar.didx', '.pxar.didx', '.caidx']

/**
 * Whether the path is one in an archive that holds a tree. Disks and streams are shown as files of one more folder, which
 * no archive is.
 */
export function isInTreeArchive(archives: readonly Pick<ArchiveInfo, 'filename'>[], path: string): boolean {
  const [tree = '', ...names] = path.split('/')
  return names.length > 0 && archives.some(({ filename }) => endings.some((ending) => filename === tree + ending))
}
