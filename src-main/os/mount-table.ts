/** One line of /proc/self/mountinfo (proc_pid_mountinfo(5)), as path text. */
export interface MountRow {
  readonly id: number
  readonly parent: number
  /** `major:minor` of the whole file system; subvolumes of Btrfs share it. */
  readonly device: string
  /** What of the file system is mounted: `/`, a subvolume, a folder of a bind mount. */
  readonly root: string
  readonly point: string
  readonly options: readonly string[]
  readonly fileSystem: string
  /** `/dev/sda1`, a server's share, or a word. */
  readonly source: string
  /** Options of the whole file system, whoever mounts it. */
  readonly superOptions: readonly string[]
}

/**
 * The mounts of a process, in the order of the kernel. Lines that are none are passed over. Octal escapes stand for blanks:
 *
 *     36 35 98:0 /mnt1 /mnt/my\040disk rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 */
export function parseMounts(mountinfo: string): MountRow[] {
  return mountinfo.split('\n').flatMap((line): MountRow[] => {
    // The optional fields in between are of any number, none of them is a dash.
    const [before = '', after = ''] = line.split(' - ')
    const [id, parent, device, root, point, options = ''] = before.split(' ')
    const [fileSystem, source, superOptions] = after.split(' ')
    if (device === undefined || root === undefined || point === undefined || !point.startsWith('/')) return []
    return [
      {
        id: Number(id),
        parent: Number(parent),
        device,
        root: unescapeOctal(root),
        point: unescapeOctal(point),
        options: options.split(','),
        fileSystem: fileSystem ?? '',
        source: unescapeOctal(source ?? ''),
        superOptions: (superOptions ?? '').split(','),
      },
    ]
  })
}

/** Where paths lead among the mounts, as the kernel goes: a mount may hide others below its point. */
export class MountTable {
  readonly rows: readonly MountRow[]
  readonly #top: MountRow | undefined
  readonly #children = new Map<number, MountRow[]>()

  constructor(rows: readonly MountRow[]) {
    this.rows = rows
    const ids = new Set(rows.map(({ id }) => id))
    for (const row of rows) {
      const isTop = row.point === '/' && (row.parent === row.id || !ids.has(row.parent))
      if (isTop) this.#top ??= row
      else this.#children.set(row.parent, [...(this.#children.get(row.parent) ?? []), row])
    }
  }

  /** The mount that an absolute path without links is on; undefined where the table does not say. */
  at(path: string): MountRow | undefined {
    let mount = this.#top
    if (mount === undefined) return undefined
    for (const above of [...foldersAbove(path), path]) {
      for (let next = this.#on(mount, above); next !== undefined; next = this.#on(mount, above)) mount = next
    }
    return mount
  }

  /** Mounts below a path that can be seen, by their points. */
  below(path: string): MountRow[] {
    const prefix = path.endsWith('/') ? path : `${path}/`
    return this.rows.filter((row) => row.point.startsWith(prefix) && row.point !== path && this.at(row.point) === row)
  }

  #on({ id }: MountRow, point: string): MountRow | undefined {
    return this.#children.get(id)?.find((row) => row.point === point)
  }
}

/** `/`, `/a`, `/a/b` for `/a/b/c`; none for `/`. */
export function foldersAbove(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '')
  return names.map((_, index) => `/${names.slice(0, index).join('/')}`)
}

function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
