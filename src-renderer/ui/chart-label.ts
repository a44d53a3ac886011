/** Head of a chart's tooltip. The chart also asks before the pointer is over a point; then there is nothing to say. */
export function chartLabel(format: (at: number) => string): (at: unknown) => string {
  return (at) => (typeof at === 'number' ? format(at) : '')
}
