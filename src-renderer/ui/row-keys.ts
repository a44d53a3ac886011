/**
 * The row that a key moves to, or `undefined` when the key does not move. `index` is -1 where no row has the focus yet;
 * PageUp and PageDown move only where `page` says by how much.
 */
export function moveTarget(key: string, index: number, total: number, page?: number): number | undefined {
  if (total === 0) return undefined
  const clamp = (at: number) => Math.max(0, Math.min(total - 1, at))
  switch (key) {
    case 'ArrowDown':
      return clamp(index + 1)
    case 'ArrowUp':
      return clamp(index - 1)
    case 'PageDown':
      return page === undefined ? undefined : clamp(index + page)
    case 'PageUp':
      return page === undefined ? undefined : clamp(index - page)
    case 'Home':
      return 0
    case 'End':
      return total - 1
    default:
      return undefined
  }
}
