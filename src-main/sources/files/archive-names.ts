import { displayPath } from '../../../src-shared/model/path-text.ts'

/** Leaves room for `.mpxar.didx` and a number in SAFE_ID's 128 characters (spec pbs §1.2), and for a glance. */
const maximumLength = 60

/**
 * A name for each folder's archive: its last component as far as SAFE_ID allows, without marks on letters; a number where
 * two would be the same, in whatever case. Depends on the list alone, so that each run finds the archives of the one before.
 */
export function archiveNames(paths: readonly string[]): string[] {
  const taken = new Set<string>()
  return paths.map((path) => {
    const base = safeName(path)
    let name = base
    for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${base}-${number}`
    taken.add(name.toLowerCase())
    return name
  })
}

function safeName(path: string): string {
  const last = displayPath(path)
    .split(/[\\/]/)
    .findLast((component) => component !== '')
  if (last === undefined) return 'root'
  const safe = last
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[.-]+/, '')
    .slice(0, maximumLength)
  // A name of nothing but other scripts would be all underscores.
  return /[A-Za-z0-9]/.test(safe) ? safe : 'folder'
}
