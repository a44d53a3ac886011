import type { NodeKind } from '../node-kind.ts'
import type { Metadata } from '../tree.ts'
import { chooseAttributes } from './attribute-writer.ts'
import { type EntryStyle, flagsFor, permissionsFor, storedId, subvolumeOf, timeFor } from './entry-record.ts'
import { attributeFlags } from './feature-flags.ts'

/**
 * What of the metadata of a node comes back out of an archive with these features (spec casync §10.3 to §10.5). Throws
 * `input/invalid` for what the format cannot hold at all.
 */
export function storedMetadata(kind: NodeKind, metadata: Metadata, style: EntryStyle): Metadata {
  const bits = flagsFor(kind, metadata, style.featureFlags)
  const subvolume = subvolumeOf(bits)
  return {
    permissions: permissionsFor(kind, metadata.permissions, style.featureFlags),
    uid: storedId(metadata.uid, style),
    gid: storedId(metadata.gid, style),
    mtimeNs: timeFor(metadata.mtimeNs, style.featureFlags),
    flags: bits & attributeFlags,
    ...chooseAttributes(kind, metadata, style),
    ...(subvolume !== undefined && { subvolume }),
  }
}
