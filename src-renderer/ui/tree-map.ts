/** Where a tile lies, in percent of the map. */
export interface Tile {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/**
 * Tiles whose areas are as the values, as square as may be: rows are filled along the shorter side while that makes their worst
 * tile squarer (Bruls, Huizing, van Wijk: "Squarified Treemaps"). `aspect` is the map's width over its height. Values are positive and
 * come largest first.
 */
export function tileMap(values: readonly number[], aspect: number): readonly Tile[] {
  const sum = values.reduce((all, value) => all + value, 0)
  const tiles: Tile[] = []
  // In units in which the map is `aspect` wide and 1 high.
  const areas = values.map((value) => (value / sum) * aspect)
  let free = { left: 0, top: 0, width: aspect, height: 1 }
  for (let at = 0; at < areas.length; ) {
    const side = Math.min(free.width, free.height)
    let end = at + 1
    while (end < areas.length && worst(areas.slice(at, end + 1), side) <= worst(areas.slice(at, end), side)) end += 1
    const row = areas.slice(at, end)
    const isDown = free.width >= free.height
    const thickness = end === areas.length ? Math.max(free.width, free.height) : add(row) / side
    let along = 0
    for (const area of row) {
      const length = (area / add(row)) * side
      const place = isDown
        ? { left: free.left, top: free.top + along, width: thickness, height: length }
        : { left: free.left + along, top: free.top, width: length, height: thickness }
      tiles.push(inPercent(place, aspect))
      along += length
    }
    free = isDown
      ? { ...free, left: free.left + thickness, width: free.width - thickness }
      : { ...free, top: free.top + thickness, height: free.height - thickness }
    at = end
  }
  return tiles
}

/** The least square tile of a row: how many times longer than wide, or wider than long. */
function worst(row: readonly number[], side: number): number {
  const thickness = add(row) / side
  return Math.max(...row.map((area) => Math.max(thickness ** 2 / area, area / thickness ** 2)))
}

function add(row: readonly number[]): number {
  return row.reduce((sum, area) => sum + area, 0)
}

function inPercent({ left, top, width, height }: Tile, aspect: number): Tile {
  return { left: (left / aspect) * 100, top: top * 100, width: (width / aspect) * 100, height: height * 100 }
}
