/** Tri-state boxes of the folder tree as patterns: what a person unticks becomes an anchored exclude, in order, last match wins. */

import { anchoredExclude } from '../../../src-shared/model/anchored-exclude.ts'

export type BoxState = 'on' | 'off' | 'part'

/** Path below a root with `/` between components, whatever the computer uses; `undefined` for anything outside. */
export function relativeTo(root: string, path: string): string | undefined {
  const base = root.replace(/[/\\]+$/, '')
  if (!path.startsWith(base)) return undefined
  const rest = path.slice(base.length)
  if (!/^[/\\]/.test(rest)) return undefined
  return rest.replace(/^[/\\]+/, '').replaceAll('\\', '/')
}

/** How the box of an entry stands. `excludedBy` is what the other side says about it. */
export function boxState(relativePath: string, excludedBy: string | undefined, excludes: readonly string[]): BoxState {
  if (excludedBy !== undefined) return 'off'
  const below = `${anchoredExclude(relativePath)}/`
  return excludes.some((pattern) => pattern.startsWith(below)) ? 'part' : 'on'
}

/** The patterns after the box was clicked. Patterns below the entry are dropped: they mean nothing once it is decided. */
export function toggled(
  relativePath: string,
  state: BoxState,
  excludedBy: string | undefined,
  excludes: readonly string[],
): string[] {
  const pattern = anchoredExclude(relativePath)
  const rest = excludes.filter(
    (each) =>
      each !== pattern && each !== `!${pattern}` && !each.startsWith(`${pattern}/`) && !each.startsWith(`!${pattern}/`),
  )
  if (state !== 'off') return [...rest, pattern]
  // Left out by its own pattern: removing that is enough. Left out by another rule: say explicitly that it stays in.
  return excludedBy === undefined || excludedBy === pattern ? rest : [...rest, `!${pattern}`]
}
