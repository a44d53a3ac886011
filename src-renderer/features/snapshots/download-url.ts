import type { Entry } from '../../../src-shared/model/entry.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'

/** What Chromium's drag type `DownloadURL` holds: `type:file name:address`. A folder comes as a zip file. */
export function downloadUrl({ kind, name }: Pick<Entry, 'kind' | 'name'>, address: string): string {
  const isFolder = kind === 'directory'
  // The name ends at the next colon.
  const safe = displayPath(name).replaceAll(/[:/\\]/g, '_')
  return `${isFolder ? 'application/zip' : 'application/octet-stream'}:${safe}${isFolder ? '.zip' : ''}:${address}`
}
