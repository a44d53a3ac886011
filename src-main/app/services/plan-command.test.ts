import { expect, test } from 'vitest'
import { backupOptions } from '../../../src-shared/model/plan.ts'
import { foldersSource } from '../../../src-shared/model/source.ts'
import { backupCommand } from './plan-command.ts'

const words = (source: object) =>
  backupCommand(
    {
      source: foldersSource.parse({ kind: 'folders', paths: ['/home/anna'], ...source }),
      backupId: 'anna',
      options: backupOptions.parse({}),
    },
    [{ address: '/backups', namespace: '' }],
  )

test('a plan of folders as a line: what is as usual is not said', () => {
  expect(words({})).toBe('holdfast backup /home/anna -r /backups --id anna')
  expect(words({ oneFileSystem: false, fileSystemSnapshot: 'always' })).toBe(
    'holdfast backup /home/anna --all-file-systems --file-system-snapshot always -r /backups --id anna',
  )
})

test('a source of before there were snapshots is read as one without', () => {
  const before = { kind: 'folders', paths: ['/home/anna'], excludes: ['*.tmp'], presets: [], oneFileSystem: true }
  expect(foldersSource.parse(before)).toEqual({ ...before, fileSystemSnapshot: 'off' })
  expect(foldersSource.safeParse({ ...before, fileSystemSnapshot: 'sometimes' }).success).toBe(false)
})
