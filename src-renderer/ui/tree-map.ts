import { hierarchy, treemap, treemapSquarify } from 'd3-hierarchy'

/** Where a tile lies, in percent of the map. */
export interface Tile {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

interface Branch {
  readonly value?: number
  readonly children?: readonly Branch[]
}

/**
 * Tiles whose areas are as the values, as square as may be. `aspect` is the map's width over its height. Values are positive
 * and come largest first. Only where the tiles lie: they are buttons, which no library's map has.
 */
export function tileMap(values: readonly number[], aspect: number): readonly Tile[] {
  if (values.length === 0) return []
  const whole = hierarchy<Branch>({ children: values.map((value) => ({ value })) }).sum(({ value = 0 }) => value)
  return treemap<Branch>()
    .size([aspect, 1])
    .tile(treemapSquarify.ratio(1))(whole)
    .leaves()
    .map(({ x0, x1, y0, y1 }) => ({
      left: (x0 / aspect) * 100,
      top: y0 * 100,
      width: ((x1 - x0) / aspect) * 100,
      height: (y1 - y0) * 100,
    }))
}
