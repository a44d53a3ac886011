import fc from 'fast-check'
import { expect, it } from 'vitest'
import { backupId } from '../../../src-shared/model/plan.ts'
import { archiveNames } from './archive-names.ts'

it('archives are called after their folders', () => {
  expect(archiveNames(['/home/anna/Documents', '/home/anna/.config', '/', '/data/Bücher & Briefe/', '/写真'])).toEqual([
    'Documents',
    'config',
    'root',
    'Bucher_Briefe',
    'folder',
  ])
})

it('equal names get numbers, also when only their case differs', () => {
  expect(archiveNames(['/a/docs', '/b/Docs', '/c/docs-2', '/d/docs'])).toEqual(['docs', 'Docs-2', 'docs-2-2', 'docs-3'])
})

it('every name is allowed and no two are the same', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 }), (paths) => {
      const names = archiveNames(paths)
      for (const name of names) expect(backupId.safeParse(name).success).toBe(true)
      expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(paths.length)
    }),
  )
})
