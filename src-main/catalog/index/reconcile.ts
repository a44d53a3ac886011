import { openEnd } from './schema.ts'
import { type Facts, sameFacts } from './version-row.ts'

/** The snapshot being indexed, and its neighbours among the indexed ones of its lineage, in Unix seconds. */
export interface Position {
  readonly time: number
  readonly before: number | undefined
  readonly after: number | undefined
}

export interface Span extends Facts {
  readonly first: number
  readonly last: number
}

export type VersionChange =
  | { readonly type: 'insert'; readonly first: number; readonly last: number; readonly facts: Facts }
  | { readonly type: 'delete'; readonly first: number }
  | { readonly type: 'move'; readonly first: number; readonly toFirst: number; readonly toLast: number }

/**
 * What must be written so that the versions of one path say that it is `entry` (or is not there) at the new snapshot, while every other
 * indexed snapshot stays as it was. `spans` are the path's versions that touch a neighbour or the time itself; they do not overlap. An
 * unchanged entry needs nothing. Deletions come first.
 *
 * ```
 *   before      time      after
 *     ├───── same ─────────┤        nothing
 *     ├─ other ─┤ ├─ other ┤        the span is cut, the new one goes between
 *     ├─ same ──►                   the span is drawn out
 * ```
 */
export function reconcile(spans: readonly Span[], entry: Facts | undefined, position: Position): VersionChange[] {
  const { time, before, after } = position
  const at = (when: number | undefined) =>
    when === undefined ? undefined : spans.find(({ first, last }) => first <= when && when <= last)
  const covering = at(time)
  if (entry === undefined) return covering === undefined ? [] : cut(covering, position)
  if (covering !== undefined) {
    if (sameFacts(covering, entry)) return []
    const changes = cut(covering, position)
    const left = at(before)
    const right = at(after)
    return [
      ...changes,
      ...place(entry, left === covering ? undefined : left, right === covering ? undefined : right, position),
    ]
  }
  return place(entry, at(before), at(after), position)
}

function place(
  entry: Facts,
  left: Span | undefined,
  right: Span | undefined,
  { time, after }: Position,
): VersionChange[] {
  const joinsLeft = left !== undefined && sameFacts(left, entry)
  const joinsRight = right !== undefined && sameFacts(right, entry)
  const end = after === undefined ? openEnd : time
  if (joinsLeft && joinsRight) {
    return [
      { type: 'delete', first: right.first },
      { type: 'move', first: left.first, toFirst: left.first, toLast: right.last },
    ]
  }
  if (joinsLeft) return [{ type: 'move', first: left.first, toFirst: left.first, toLast: end }]
  if (joinsRight) return [{ type: 'move', first: right.first, toFirst: time, toLast: right.last }]
  return [{ type: 'insert', first: time, last: end, facts: entry }]
}

/** Takes the time out of a span; what remains on either side keeps a neighbour, or goes. */
function cut(span: Span, { before, after }: Position): VersionChange[] {
  const keepsLeft = before !== undefined && span.first <= before
  const keepsRight = after !== undefined && span.last >= after
  if (keepsLeft) {
    const shortened: VersionChange = { type: 'move', first: span.first, toFirst: span.first, toLast: before }
    return keepsRight ? [shortened, { type: 'insert', first: after, last: span.last, facts: span }] : [shortened]
  }
  if (keepsRight) return [{ type: 'move', first: span.first, toFirst: after, toLast: span.last }]
  return [{ type: 'delete', first: span.first }]
}
