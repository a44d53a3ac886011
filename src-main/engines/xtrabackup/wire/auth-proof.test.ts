import { expect, test } from 'vitest'
import { authPairs, ProofChecker } from './auth-proof.ts'

const now = 1_800_000_000
const request = { secret: 'sesame', action: 'copy from', sid: '/a' }

function block(pairs = authPairs(request, now), more: Record<string, string> = {}): Map<string, string> {
  return new Map([['action', request.action], ['sid', request.sid], ...pairs, ...Object.entries(more)])
}

test('25: whoever knows the secret is let in, once', () => {
  const checker = new ProofChecker('sesame')
  const pairs = block()
  expect(checker.problem(pairs, now)).toBeUndefined()
  expect(checker.problem(pairs, now + 1)).toBe('The request was made before.')
  expect(checker.problem(block(), now)).toBeUndefined()
})

test('25: a wrong secret, another action, another session, no proof', () => {
  const checker = new ProofChecker('sesame')
  expect(checker.problem(block(authPairs({ ...request, secret: 'other' }, now)), now)).toContain('secret is wrong')
  expect(checker.problem(block(undefined, { action: 'copy to' }), now)).toContain('wrong')
  expect(checker.problem(block(undefined, { sid: '/b' }), now)).toContain('wrong')
  expect(checker.problem(new Map([['action', 'copy from']]), now)).toContain('needs a shared secret')
})

test('25: neither older nor newer than two minutes', () => {
  const checker = new ProofChecker('sesame')
  expect(checker.problem(block(), now + 120)).toBeUndefined()
  expect(checker.problem(block(), now + 121)).toContain('too old')
  expect(checker.problem(block(), now - 121)).toContain('too old')
})
