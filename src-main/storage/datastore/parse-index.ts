import { DynamicIndex } from '../dynamic-index.ts'
import { FixedIndex } from '../fixed-index.ts'

/** An index file by the extension of its name, `.fidx` or `.didx`. Throws `index/corrupt`. */
export function parseIndex(filename: string, bytes: Uint8Array): DynamicIndex | FixedIndex {
  return filename.endsWith('.fidx') ? FixedIndex.parse(bytes) : DynamicIndex.parse(bytes)
}
