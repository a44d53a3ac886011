import { ORPCError } from '@orpc/server'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { describeFailure, isInterrupt } from './failure.ts'

const written: unknown[] = []
const circumstance = {
  command: 'holdfast plan add',
  bugs: { bug: (id: string, error: unknown) => void written.push([id, error]) },
}
const describe = (error: unknown) => describeFailure(error, circumstance)

function refusedBy(schema: z.ZodType, value: unknown) {
  const { error } = schema.safeParse(value)
  if (error === undefined) throw new Error('it was accepted')
  return error
}

it('keeps the next step that a failure brings, and adds one where it has none', () => {
  expect(describe(new HoldfastError('plan/unknown', { detail: 'x', hint: 'Look again.' }))).toEqual({
    code: 'plan/unknown',
    message: 'There is no such plan. x',
    hint: 'Look again.',
  })
  expect(describe(new ORPCError('repository/unreachable', { message: 'It did not answer.', data: {} })).hint).toContain(
    'run this again',
  )
})

it('says of refused input which part of it, by a model here or by the contract', () => {
  const error = refusedBy(z.object({ at: z.string() }), { at: 1 })
  const expected = {
    code: 'input/invalid',
    message: expect.stringMatching(/^The input is not valid\. at: .+\.$/),
    hint: 'holdfast plan add --help says what it takes.',
  }
  expect(describe(error)).toEqual(expected)
  const crossed = new ORPCError('BAD_REQUEST', { message: 'Input validation failed', data: { issues: error.issues } })
  expect(describe(crossed)).toEqual(expected)
  // A bare value has no name of its own.
  expect(describe(refusedBy(z.uuid(), 'x')).message).toBe('The input is not valid. Invalid UUID.')
})

it('names the file that could not be opened', () => {
  const failed = (code: string) =>
    Object.assign(new Error(code), { code, errno: -1, syscall: 'open', path: '/keys/mine' })
  expect(describe(failed('ENOENT'))).toMatchObject({
    code: 'path/not-found',
    message: 'There is no such path. /keys/mine',
  })
  expect(describe(failed('EACCES')).message).toContain('/keys/mine: Permission denied')
  expect(describe(failed('ENOSPC')).code).toBe('disk/full')
})

it('calls Ctrl-C by its name', () => {
  const abort = new DOMException('aborted', 'AbortError')
  expect([isInterrupt(abort), isInterrupt(new Error('x'))]).toEqual([true, false])
  expect(describe(abort).code).toBe('job/cancelled')
})

it('keeps the stack of a bug for the log, and prints where it is', () => {
  const bug = new TypeError('x is not a function')
  const failure = describe(bug)
  expect(failure).toMatchObject({ code: 'internal', message: 'Something unexpected happened inside Holdfast.' })
  expect(written).toEqual([[expect.any(String), bug]])
  expect(failure.hint).toContain(String((written[0] as unknown[])[0]))
})
