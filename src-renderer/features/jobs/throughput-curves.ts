import { bisector } from 'd3-array'
import { type ScaleLinear, scaleLinear } from 'd3-scale'
import { area, line } from 'd3-shape'
import { type Ticks, timeTicks } from '../../ui/chart-ticks.ts'

export interface ThroughputPoint {
  readonly at: number
  /** Bytes a second. */
  readonly read: number
  readonly stored: number
}

export const MIB = 2 ** 20

/** The box that curves are drawn in; it is stretched over whatever room there is. */
export const BOX = { width: 1000, height: 100 } as const

/** Of the box: three spaces between lines, or about as many, are easily read in its few pixels. */
const LINES = 3
const TIMES = 4
const DIGITS = 1

export interface Curve {
  /** The line as a path, and what lies below it. */
  readonly line: string
  readonly area: string
}

export interface ThroughputCurves {
  readonly read: Curve
  readonly stored: Curve
  /** Bytes a second at the top of the box, a plain number of MiB. */
  readonly top: number
  /** Plain numbers of MiB a second, with their height in the box. */
  readonly speeds: readonly { readonly mib: number; readonly y: number }[]
  readonly times: Ticks
  /** From time to place in the box and back. */
  readonly x: ScaleLinear<number, number>
}

/** Two curves, from the first point at the left edge to the last at the right. */
export function curvesOf(points: readonly ThroughputPoint[]): ThroughputCurves {
  const most = points.reduce((top, { read, stored }) => Math.max(top, read, stored), MIB)
  const y = scaleLinear([0, most / MIB], [BOX.height, 0]).nice(LINES)
  const first = points[0]?.at ?? 0
  const last = points.at(-1)?.at ?? 0
  const x = scaleLinear([first, last], [0, BOX.width])
  const curve = (value: 'read' | 'stored'): Curve => {
    const xOf = ({ at }: ThroughputPoint) => x(at)
    const yOf = (point: ThroughputPoint) => y(point[value] / MIB)
    return {
      line: line<ThroughputPoint>(xOf, yOf).digits(DIGITS)(points) ?? '',
      area: area<ThroughputPoint>(xOf, BOX.height, yOf).digits(DIGITS)(points) ?? '',
    }
  }
  return {
    read: curve('read'),
    stored: curve('stored'),
    top: (y.domain()[1] ?? 0) * MIB,
    speeds: y.ticks(LINES).map((mib) => ({ mib, y: y(mib) })),
    times: timeTicks(first, last, TIMES, last),
    x,
  }
}

const byTime = bisector<ThroughputPoint, number>(({ at }) => at)

/** Index of the point that is nearest to a time. */
export function pointNear(points: readonly ThroughputPoint[], at: number): number {
  return Math.min(byTime.center(points, at), points.length - 1)
}
