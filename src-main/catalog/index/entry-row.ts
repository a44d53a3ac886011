import type { Entry } from '../../../src-shared/model/entry.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import { joinPath } from './locate.ts'
import { type Facts, kindOf } from './version-row.ts'

export const factColumns = 'kind, size, mtime_ms, mtime_rest_ns, permissions, uid, gid, target'

export function toEntry(folder: string, name: string, facts: Facts): Entry {
  return {
    path: joinPath(folder, name),
    name,
    kind: kindOf(facts.kind),
    sizeBytes: facts.size,
    modifiedAt: facts.mtime_ms,
    permissions: facts.permissions,
    uid: facts.uid,
    gid: facts.gid,
    linkTarget: facts.target === null ? undefined : bytesToPathText(facts.target),
  }
}
