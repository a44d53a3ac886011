import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'

/** Paths from the root of the archive. */
export interface AsarContents {
  /** Names all it holds, also what lies beside it. */
  readonly files: readonly string[]
  /** What lies beside it, since the system is to open it. */
  readonly beside: readonly string[]
}

const entry = z.object({
  size: z.number().optional(),
  offset: z.string().optional(),
  unpacked: z.boolean().optional(),
  get files() {
    return z.record(z.string(), entry).optional()
  },
})

/** Reads an archive of Electron's and writes what it holds below `to`; what lies beside it is linked there. */
export async function layOutAsar(archive: string, besideFolder: string, to: string): Promise<AsarContents> {
  const bytes = await readFile(archive)
  const start = 8 + bytes.readUInt32LE(4)
  const header = entry.parse(JSON.parse(bytes.toString('utf8', 16, 16 + bytes.readUInt32LE(12))))
  const files: string[] = []
  const beside: string[] = []
  const lay = async ({ files: children, offset, size, unpacked }: z.infer<typeof entry>, path: string) => {
    const target = join(to, path)
    if (children) {
      for (const [name, child] of Object.entries(children)) await lay(child, join(path, name))
      return
    }
    files.push(path)
    await mkdir(dirname(target), { recursive: true })
    if (unpacked) {
      beside.push(path)
      const source = join(besideFolder, path)
      await stat(source) // or nothing would be opened there
      await symlink(source, target)
      return
    }
    if (offset === undefined || size === undefined) throw new Error(`${path} is nowhere in the archive.`)
    const at = start + Number(offset)
    await writeFile(target, bytes.subarray(at, at + size))
  }
  await lay(header, '')
  return { files: files.sort(), beside: beside.sort() }
}
