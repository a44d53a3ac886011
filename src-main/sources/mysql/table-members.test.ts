import { expect, test } from 'vitest'
import { listTables } from './table-members.ts'

const members = (...paths: string[]) => paths.map((path) => ({ path, sizeBytes: 10n }))

test('tables by the names of their files, of whatever engine, whole and in pages', () => {
  const found = listTables(
    members(
      ...[
        'ibdata1',
        'xtrabackup_info',
        'shop/db.opt',
        'shop/orders.frm',
        'shop/orders.ibd.delta',
        'shop/orders.ibd.meta',
      ],
      ...['shop/parts#P#p0.ibd', 'shop/parts#P#p1.ibd', 'shop/parts.frm', 'shop/view.frm'],
      ...['shop/notes.frm', 'shop/notes.MYD', 'shop/notes.MYI', 'a@002db/fresh.new', 'a@002db/log.MAD', 'empty/db.opt'],
      ...['shop/packed.ibd.zst', 'shop/hidden.ibd.qp.xbcrypt'],
    ),
    [{ database: 'shop', name: 'orders', engine: 'InnoDB', sizeBytes: 4096 }],
  )
  expect(
    found.map(({ name, tables }) => [name, tables.map((table) => [table.name, table.engine, table.storedBytes])]),
  ).toEqual([
    [
      'a-b',
      [
        ['fresh', 'InnoDB', 10],
        ['log', 'Aria', 10],
      ],
    ],
    ['empty', []],
    [
      'shop',
      [
        ['hidden', 'InnoDB', 10],
        ['notes', 'MyISAM', 30],
        ['orders', 'InnoDB', 30],
        ['packed', 'InnoDB', 10],
        ['parts', 'InnoDB', 30],
      ],
    ],
  ])
  expect(found[2]?.tables[2]?.sizeBytes).toBe(4096)
})
