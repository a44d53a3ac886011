import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { reflect } from '@bufbuild/protobuf/reflect'

/**
 * Applies the fields of `sent` that differ from their zero value (section 8.2, rule 2): nothing is ever cleared by sending it
 * empty, and a message or list replaces the stored one whole. `kept` are fields that the caller treats by itself.
 * Fields unknown to this schema replace stored ones of the same number.
 */
export function mergeMessage<Desc extends DescMessage>(
  schema: Desc,
  stored: MessageShape<Desc>,
  sent: MessageShape<Desc>,
  kept: readonly string[] = [],
): void {
  const to = reflect(schema, stored)
  const from = reflect(schema, sent)
  for (const field of schema.fields) {
    if (kept.includes(field.localName) || !from.isSet(field)) continue
    // Both are of the one schema: what the getter gives the setter takes.
    to.set(field, from.get(field) as never)
  }
  const sentNumbers = new Set(sent.$unknown?.map((field) => field.no))
  const others = (stored.$unknown ?? []).filter((field) => !sentNumbers.has(field.no))
  if (sentNumbers.size > 0) stored.$unknown = [...others, ...(sent.$unknown ?? [])]
}
