import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import { wrappedFrom } from '../../archive/catar/entry-record.ts'
import type { ExtendedAttribute, Metadata } from '../../archive/tree.ts'

/** What of an entry a casync archive does not keep, as sentences for a person. */
export function* lossesOf(given: Metadata, stored: Metadata): Generator<string, void, undefined> {
  if (given.mtimeNs < 0n) yield 'It was changed before 1970, which casync cannot restore; the time is stored as 1970'
  if (given.mtimeNs >= wrappedFrom) {
    yield 'It was changed after 2486, which casync cannot restore; the time is stored as 2486'
  }
  const kept = new Set(stored.xattrs.map(nameOf))
  const lost = given.xattrs.map(nameOf).filter((name) => !kept.has(name))
  if (lost.length > 0) yield `casync does not keep its extended attributes ${lost.join(', ')}`
}

function nameOf({ name }: ExtendedAttribute): string {
  return bytesToPathText(name)
}
