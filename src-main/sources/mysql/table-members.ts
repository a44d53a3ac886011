import type { MysqlDatabase, MysqlTable } from '../../../src-shared/model/mysql-source.ts'
import type { ServerTable } from '../../engines/xtrabackup/tool/server-facts.ts'
import { memberPackings } from '../../engines/xtrabackup/xbstream/member-name.ts'
import type { UnpackedMember } from '../../engines/xtrabackup/xbstream/unpack-xbstream.ts'

/** Endings of files that hold rows, by engine. What has a `.frm` alone is a view or an engine without files. */
const engines: Readonly<Record<string, string>> = {
  ibd: 'InnoDB',
  MYD: 'MyISAM',
  MAD: 'Aria',
  CSV: 'CSV',
  ARZ: 'ARCHIVE',
  MRG: 'MRG_MyISAM',
}
const alsoRows = new Set(['MYI', 'MAI', 'frm', 'CSM', 'cfg'])

/**
 * Databases and tables of a backup by the names of its members, `shop/orders#P#p0.ibd.delta`; sizes as the server has
 * them, where it was asked.
 */
export function listTables(members: readonly UnpackedMember[], known: readonly ServerTable[]): MysqlDatabase[] {
  const sizes = new Map(known.map((table) => [`${table.database}/${table.name}`, table]))
  const databases = new Map<string, Map<string, MysqlTable>>()
  for (const member of members) {
    const [folder, file, ...more] = member.path.split('/')
    if (folder === undefined || file === undefined || more.length > 0) continue
    const database = decodeFileName(folder)
    const tables = databases.get(database) ?? new Map<string, MysqlTable>()
    databases.set(database, tables)
    const found = tableOf(file)
    if (found === undefined) continue
    const before = tables.get(found.name)
    const server = sizes.get(`${database}/${found.name}`)
    tables.set(found.name, {
      name: found.name,
      engine: server?.engine ?? before?.engine ?? found.engine ?? '',
      storedBytes: (before?.storedBytes ?? 0) + Number(member.sizeBytes),
      ...(found.engine !== undefined && before?.engine === '' && { engine: server?.engine ?? found.engine }),
      ...(server !== undefined && { sizeBytes: server.sizeBytes }),
    })
  }
  return Array.from(databases, ([name, tables]) => ({
    name,
    tables: [...tables.values()].filter(({ engine }) => engine !== '').toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  })).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function tableOf(file: string): { readonly name: string; readonly engine: string | undefined } | undefined {
  let plain = file
  for (const _ of memberPackings(file)) plain = plain.slice(0, plain.lastIndexOf('.'))
  plain = plain.replace(/\.(?:delta|meta|new)$/, '')
  // A table that was made during the backup: `orders.new` is `orders.ibd`.
  const isNew = /\.new(?:\.|$)/.test(file)
  const dot = plain.lastIndexOf('.')
  const ending = dot < 0 ? (isNew ? 'ibd' : '') : plain.slice(dot + 1)
  const engine = engines[ending]
  if (engine === undefined && !alsoRows.has(ending)) return undefined
  const name = (dot < 0 ? plain : plain.slice(0, dot)).replace(/#p#.*$/i, '')
  return { name: decodeFileName(name), engine }
}

/** `a@002db` is `a-b`. Accented letters have a table of their own in the server, and stay as the file has them. */
function decodeFileName(name: string): string {
  return name.replaceAll(/@([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
