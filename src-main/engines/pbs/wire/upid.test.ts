import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatTaskId } from '../../../storage/datastore/task-id.ts'
import { parseUpid } from './upid.ts'

test('task ids are read back, with slashes as dashes', () => {
  const number = fc.integer({ min: 0, max: 0xffff_ffff })
  const workerId = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .map((text) => text.replaceAll('/', '-').toWellFormed())
  fc.assert(
    fc.property(number, number, workerId, (pid, startedAt, id) => {
      const task = {
        node: 'keep',
        pid,
        processStart: 7,
        counter: 9,
        startedAt,
        type: 'backup',
        workerId: id,
        authId: 'root@pam!t',
      }
      expect(parseUpid(formatTaskId(task))).toEqual(task)
    }),
  )
})

test('what is no task id is undefined', () => {
  const upid = 'UPID:keep:00000001:00000002:00000003:665F0A10:gc:tank:root@pam:'
  expect(parseUpid(upid)).toMatchObject({ workerId: 'tank', startedAt: 0x665f0a10 })
  expect(parseUpid(upid.replace(':tank:', '::'))).toMatchObject({ workerId: undefined })
  for (let length = 0; length < upid.length; length++) expect(parseUpid(upid.slice(0, length))).toBeUndefined()
  expect(parseUpid(upid.replace('gc', 'x'.repeat(5000)))).toBeUndefined()
})
