import { execFileSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import Database from 'better-sqlite3'
import { sharedTest } from '../harness/test.ts'
import { writeTree } from '../harness/tree.ts'
import { App } from '../models/app.ts'
import { Explorer } from '../models/explorer.ts'

const test = sharedTest(async (holdfast) => {
  const documents = join(holdfast.home, 'Documents')
  await mkdir(documents, { recursive: true })
  const shop = new Database(join(documents, 'shop.db'))
  shop.exec(`
    CREATE TABLE articles (id INTEGER PRIMARY KEY, name TEXT, picture BLOB, note TEXT);
    INSERT INTO articles VALUES (1, 'green tea', zeroblob(2048), NULL), (2, 'rooibos', NULL, '${'very '.repeat(60)}long');
    CREATE TABLE orders (number INTEGER, customer TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 130)
      INSERT INTO orders SELECT i, 'customer ' || i FROM n;
    CREATE VIEW dear AS SELECT * FROM articles;
  `)
  shop.close()
  const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as z:
    z.writestr('letters/Maren.txt', 'Dear Maren')
    z.writestr('letters/photo.jpg', 'x' * 5000)
`
  execFileSync('python3', ['-c', script, join(documents, 'letters.zip')])
  await writeTree(documents, {
    'notes/one.txt': 'a note\n',
    'sealed.db': 'locked with a key '.repeat(400),
  })
  execFileSync('tar', ['-C', documents, '-czf', join(documents, 'notes.tgz'), 'notes'])
  await holdfast.cli('plan', 'add', documents, '--name', 'Documents', '--daily', '12:30')
  await holdfast.cli('plan', 'run', 'Documents')
})

test('a database shows its tables and the first rows of the chosen one', async ({ window }) => {
  const explorer = new Explorer(window)
  await new App(window).goTo('Snapshots')
  await explorer.select('shop.db')
  const rows = (name: string) => explorer.details.getByRole('region', { name: `Rows of ${name}` })
  await expect(rows('articles').getByRole('row', { name: 'green tea' })).toContainText('2.00 KiB')
  await expect(rows('articles')).toContainText('very very')
  const tables = explorer.details.getByRole('combobox', { name: 'Tables' })
  await expect(tables).toHaveValue('articles, 2 rows')
  await tables.click()
  await expect(window.getByRole('option', { name: 'dear, a view' })).toBeVisible()
  await window.getByRole('option', { name: 'orders, 130 rows' }).click()
  await expect(rows('orders').getByRole('row')).toHaveCount(101)
  await expect(explorer.details).toContainText('The first 100 rows are shown.')

  await explorer.select('sealed.db')
  await expect(explorer.details).toContainText('This is no SQLite database, or it is encrypted.')
  await expect(explorer.content).toContainText('locked with a key')
})

test('an archive shows what is in it', async ({ window }) => {
  const explorer = new Explorer(window)
  await new App(window).goTo('Snapshots')
  await explorer.select('letters.zip')
  const zip = explorer.details.getByRole('region', { name: 'Inside of letters.zip' })
  await expect(zip.getByRole('row', { name: 'photo.jpg letters' })).toContainText('4.88 KiB')
  await explorer.select('notes.tgz')
  const tar = explorer.details.getByRole('region', { name: 'Inside of notes.tgz' })
  await expect(tar.getByRole('row', { name: 'one.txt notes' })).toContainText('7 B')
})
