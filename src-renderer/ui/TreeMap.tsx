import './tree-map.css'
import { formatBytes, formatPercent } from './format.ts'
import { type Tile, tileMap } from './tree-map.ts'

const HEIGHT_PX = 180
/** Of cards as they are in most windows; a tile is a little less square in others. */
const ASPECT = 2.2

export interface MapTile {
  readonly key: string
  readonly name: string
  readonly bytes: number
  /** Absent for what has nothing inside to be shown. */
  readonly onOpen?: (() => void) | undefined
}

/** What takes how much of something, as areas, the largest first. The same figures stand in a list beside it. */
export function TreeMap({ label, tiles }: { readonly label: string; readonly tiles: readonly MapTile[] }) {
  const shown = tiles.filter(({ bytes }) => bytes > 0)
  const sum = shown.reduce((all, { bytes }) => all + bytes, 0)
  const places = tileMap(
    shown.map(({ bytes }) => bytes),
    ASPECT,
  )
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in
    <div role="group" aria-label={label} className="hf-tree-map" style={{ height: HEIGHT_PX }}>
      {shown.map(({ key, name, bytes, onOpen }, at) => {
        const place = places[at]
        if (place === undefined) return null
        const said = `${name}, ${formatBytes(bytes)}, ${formatPercent(bytes / sum)}`
        const look = { className: 'hf-tile', 'aria-label': said, title: said, style: inPercent(place) }
        return onOpen === undefined ? (
          <div key={key} role="img" {...look}>
            <Words name={name} bytes={bytes} />
          </div>
        ) : (
          <button key={key} type="button" {...look} onClick={onOpen}>
            <Words name={name} bytes={bytes} />
          </button>
        )
      })}
    </div>
  )
}

function Words({ name, bytes }: Pick<MapTile, 'name' | 'bytes'>) {
  return (
    <span aria-hidden>
      <b>{name}</b>
      <i>{formatBytes(bytes)}</i>
    </span>
  )
}

function inPercent({ left, top, width, height }: Tile) {
  return { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` }
}
