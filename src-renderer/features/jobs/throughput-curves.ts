export interface ThroughputPoint {
  readonly at: number
  /** Bytes a second. */
  readonly read: number
  readonly stored: number
}

export const MIB = 2 ** 20

/** The box that curves are drawn in; it is stretched over whatever room there is. */
export const BOX = { width: 1000, height: 100 } as const

export interface ThroughputCurves {
  readonly read: string
  readonly stored: string
  /** Bytes a second at the top of the box: twice what the line in the middle says. */
  readonly top: number
}

/** Two curves as paths, from the first point at the left edge to the last at the right. */
export function curvesOf(points: readonly ThroughputPoint[]): ThroughputCurves {
  const top = topFor(points.reduce((most, { read, stored }) => Math.max(most, read, stored), 0))
  const path = (value: 'read' | 'stored') =>
    points.map((point, at) => `${at === 0 ? 'M' : 'L'}${xOf(points, at)} ${yOf(point[value], top)}`).join('')
  return { read: path('read'), stored: path('stored'), top }
}

/** The same curve closed along the bottom, to be filled. */
export function areaBelow(curve: string): string {
  return `${curve}V${BOX.height}H0Z`
}

/** Index of the point that is nearest to a share of the width. */
export function pointNear(points: readonly ThroughputPoint[], share: number): number {
  let nearest = 0
  const x = share * BOX.width
  for (const at of points.keys()) {
    if (Math.abs(xOf(points, at) - x) < Math.abs(xOf(points, nearest) - x)) nearest = at
  }
  return nearest
}

export function xOf(points: readonly ThroughputPoint[], at: number): number {
  const first = points[0]?.at ?? 0
  const span = (points.at(-1)?.at ?? 0) - first
  return span === 0 ? 0 : rounded((((points[at]?.at ?? first) - first) / span) * BOX.width)
}

function yOf(value: number, top: number): number {
  return rounded(BOX.height * (1 - value / top))
}

/** Twice 1, 1.5, 2, 3 or 5 times a power of ten of MiB, so that the line in the middle says a plain number as well. */
function topFor(most: number): number {
  const half = Math.max(most / MIB / 2, 0.5)
  const power = 10 ** Math.floor(Math.log10(half))
  const step = [1, 1.5, 2, 3, 5, 10].find((each) => each * power >= half) ?? 10
  return 2 * step * power * MIB
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
