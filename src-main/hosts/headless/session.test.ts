import { expect, test } from 'vitest'
import { isLoopback, isOwnRequest, ownHosts } from './origin.ts'
import { SessionKeeper } from './session.ts'

test('a token opens one session, once', () => {
  const sessions = new SessionKeeper()
  const token = sessions.issueToken()
  const cookie = sessions.exchange(token)
  expect(cookie).toMatch(/^holdfast-session=[\w-]{40,}; HttpOnly; SameSite=Strict; Path=\/$/)
  expect(sessions.exchange(token)).toBeUndefined()
  expect(sessions.isKnown(cookie?.split(';')[0])).toBe(true)
  expect(sessions.isKnown(`theme=dark; ${cookie?.split(';')[0]}`)).toBe(true)
})

test('a wrong token, a forged cookie and none are refused', () => {
  const sessions = new SessionKeeper()
  sessions.issueToken()
  expect(sessions.exchange('guess')).toBeUndefined()
  expect(sessions.isKnown('holdfast-session=guess')).toBe(false)
  expect(sessions.isKnown('holdfast-session=')).toBe(false)
  expect(sessions.isKnown(undefined)).toBe(false)
})

test('a fresh token ends the one before', () => {
  const sessions = new SessionKeeper()
  const first = sessions.issueToken()
  const second = sessions.issueToken()
  expect(sessions.exchange(first)).toBeUndefined()
  expect(sessions.exchange(second)).toBeDefined()
})

test.each([
  [{ host: '127.0.0.1:4710' }, true],
  [{ host: 'LOCALHOST:4710', origin: 'http://localhost:4710' }, true],
  [{ host: '127.0.0.1:4710', origin: 'http://evil.example' }, false],
  [{ host: '127.0.0.1:4710', origin: 'http://localhost:4710' }, false],
  [{ host: '127.0.0.1:4710', origin: 'null' }, false],
  [{ host: 'rebound.example:4710', origin: 'http://rebound.example:4710' }, false],
  [{ host: '127.0.0.1:4711' }, false],
  [{}, false],
])('%j is our own request: %s', (headers, expected) => {
  expect(isOwnRequest(headers, ownHosts('127.0.0.1', 4710))).toBe(expected)
})

test('only loopback is loopback', () => {
  expect(['127.0.0.1', '127.1.2.3', '::1', 'localhost'].every(isLoopback)).toBe(true)
  expect(['0.0.0.0', '::', '192.168.1.2', '127.0.0.1.evil.example', 'localhost.evil'].some(isLoopback)).toBe(false)
})
