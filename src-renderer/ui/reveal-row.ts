import type { Virtualizer } from '@tanstack/react-virtual'

/** Scrolls a list until a row is in view. Where it is already, even asking would make the browser lay out the whole page. */
export function revealRow(list: Virtualizer<HTMLDivElement, Element>, index: number): void {
  const [offset] = list.getOffsetForIndex(index) ?? []
  if (offset !== (list.scrollOffset ?? 0)) list.scrollToIndex(index)
}
