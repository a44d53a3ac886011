import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { KvBlock } from '../wire/kv-block.ts'

/** `master.info` as the original client leaves it beside binary logs: sorted, `NULL` for what is empty (spec §5.2). */
export async function writeMasterInfo(folder: string, facts: KvBlock): Promise<void> {
  const lines = Array.from(facts)
    .filter(([key]) => !key.startsWith('bkm-'))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value === '' ? 'NULL' : value}\n`)
  await writeFile(path.join(folder, 'master.info'), lines.join(''), { mode: 0o640, flag: 'wx' })
}
