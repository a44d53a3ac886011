import type { TreeEntry } from '../../archive/tree.ts'

export interface RerootOptions {
  /** Where the chosen entries are in the incoming stream; the empty path is its root. None lies below another. */
  readonly select: readonly (readonly Uint8Array[])[]
  /** What the root is called when it is chosen itself. */
  readonly rootName: Uint8Array
  /** Names in use at the top, in latin1; those given out are added. */
  readonly taken: Set<string>
}

/**
 * Takes the chosen entries out of the folders they are in and puts them side by side, each with all that is below it. Without the
 * root of the stream and its `leave`: several may follow each other. A name that is taken gets a number. Hard links are
 * redirected; their targets are among what was chosen (the reader sees to that).
 */
export async function* reroot(entries: AsyncIterable<TreeEntry>, options: RerootOptions): AsyncGenerator<TreeEntry> {
  const chosen = new Map<string, { readonly depth: number; name: Uint8Array | undefined }>()
  for (const names of options.select) chosen.set(keyOf(names), { depth: names.length, name: undefined })
  const path: Uint8Array[] = []
  let isRoot = true
  /** Depth of the chosen directory the stream is in. */
  let inside: number | undefined

  for await (const entry of entries) {
    if (entry.kind === 'leave') {
      // Leaving the root: its path is empty as well, so `inside` tells.
      if (inside !== undefined) yield entry
      if (inside === path.length) inside = undefined
      path.pop()
      continue
    }
    const names = isRoot ? [] : [...path, entry.name]
    const wanted = inside === undefined ? chosen.get(keyOf(names)) : undefined
    if (wanted !== undefined) {
      wanted.name = freeName(isRoot ? options.rootName : entry.name, options.taken)
      yield redirect({ ...entry, name: wanted.name }, chosen)
      if (entry.kind === 'directory') inside = names.length
    } else if (inside !== undefined) yield redirect(entry, chosen)
    if (entry.kind === 'directory' && !isRoot) path.push(entry.name)
    isRoot = false
  }
}

type Named = Exclude<TreeEntry, { kind: 'leave' }>
type Chosen = ReadonlyMap<string, { readonly depth: number; readonly name: Uint8Array | undefined }>

function redirect(entry: Named, chosen: Chosen): TreeEntry {
  if (entry.kind !== 'hardlink') return entry
  const components = split(entry.target)
  for (let depth = 0; depth <= components.length; depth++) {
    const top = chosen.get(keyOf(components.slice(0, depth)))
    if (top?.name === undefined) continue
    return { ...entry, target: join([top.name, ...components.slice(depth)]) }
  }
  return entry
}

function freeName(name: Uint8Array, taken: Set<string>): Uint8Array {
  let free: Buffer = Buffer.from(name)
  for (let number = 2; taken.has(free.toString('latin1')); number++) free = numbered(Buffer.from(name), number)
  taken.add(free.toString('latin1'))
  return free
}

/** `notes.md` becomes `notes (2).md`. */
function numbered(name: Buffer, number: number): Buffer {
  const dot = name.lastIndexOf('.')
  const cut = dot > 0 ? dot : name.length
  return Buffer.concat([name.subarray(0, cut), Buffer.from(` (${number})`), name.subarray(cut)])
}

function split(path: Uint8Array): Uint8Array[] {
  return Buffer.from(path)
    .toString('latin1')
    .split('/')
    .filter((name) => name !== '')
    .map((name) => Buffer.from(name, 'latin1'))
}

function join(names: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(names.flatMap((name, index) => (index === 0 ? [name] : [Buffer.from('/'), name])))
}

function keyOf(names: readonly Uint8Array[]): string {
  return names.map((name) => Buffer.from(name).toString('latin1')).join('/')
}
