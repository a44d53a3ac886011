import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Holdfast } from './holdfast.ts'
import { noise, picture, writeTree } from './tree.ts'

/** What the tests of snapshots look at: three backups of `Documents`, and the disk changed once more after them. */
export async function fillDiary(holdfast: Holdfast): Promise<void> {
  const documents = join(holdfast.home, 'Documents')
  const backUp = () => holdfast.cli('plan', 'run', 'Documents')
  await writeTree(documents, {
    'report.txt': lines('The first version.'),
    'gone.txt': 'Nobody needs this any more.\n',
    'harbour.png': picture(320, 180),
    'empty/.keep': '',
    'music/song.bin': noise(3_000_000, 7),
    'invoices/2026-01.txt': 'Invoice 1: 130 EUR\n',
    'invoices/2026-02.txt': 'Invoice 2: 260 EUR\n',
  })
  await holdfast.cli('plan', 'add', documents, '--name', 'Documents', '--daily', '12:30')
  await backUp()
  await writeTree(documents, { 'report.txt': lines('The second version.'), 'letter.txt': 'Dear Maren,\n' })
  await rm(join(documents, 'gone.txt'))
  await backUp()
  await writeTree(documents, { 'report.txt': lines('The third version.', 'It has one line more.') })
  await backUp()
  await writeTree(documents, { 'report.txt': lines('What is on disk now.'), 'only-on-disk.txt': 'not backed up\n' })
}

function lines(...middle: readonly string[]): string {
  return ['Report', ...middle, ...Array.from({ length: 40 }, (_, at) => `Line ${at + 1}`), ''].join('\n')
}
