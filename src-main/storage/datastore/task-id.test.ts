import { describe, expect, it } from 'vitest'
import { formatTaskId, taskStart } from './task-id.ts'

const task = {
  node: 'elsa',
  pid: 0x4d2,
  processStart: 0xabcdef,
  counter: 3,
  startedAt: 1_593_179_765,
  type: 'verify',
  workerId: 'store:host/a.b-c',
  authId: 'root@pam',
}

describe('task id', () => {
  it('is spelled as PBS does', () => {
    expect(formatTaskId(task)).toBe(
      'UPID:elsa:000004D2:00ABCDEF:00000003:5EF5FE75:verify:store\\x3ahost-a.b\\x2dc:root@pam:',
    )
  })

  it('gives its start back', () => {
    expect(taskStart(formatTaskId(task))).toBe(task.startedAt)
    expect(taskStart('UPID:x:1:2:3')).toBeUndefined()
    expect(taskStart(`${'U'.repeat(5000)}`)).toBeUndefined()
  })

  it('refuses numbers that do not fit', () => {
    expect(() => formatTaskId({ ...task, pid: -1 })).toThrow('task id')
    expect(() => formatTaskId({ ...task, startedAt: 2 ** 32 })).toThrow('task id')
  })
})
