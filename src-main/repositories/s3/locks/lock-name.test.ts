import { expect, test } from 'vitest'
import { excludesLock, formatLockName, type LockKind, lockScope, parseLockName } from './lock-name.ts'

const kinds: readonly LockKind[] = ['read', 'write', 'remove', 'change', 'sweep']
const id = '0123456789abcdef0123456789abcdef'

function excludedBy(kind: LockKind, scopes: readonly [string, string]): readonly LockKind[] {
  const [own, other] = scopes.map(lockScope)
  const lock = { kind, scope: own ?? '', id }
  return kinds.filter((rival) => {
    const against = { kind: rival, scope: other ?? '', id: 'f'.repeat(32) }
    expect(excludesLock(against, lock)).toBe(excludesLock(lock, against))
    return excludesLock(lock, against)
  })
}

test('of one snapshot or group, these exclude each other', () => {
  const same = Object.fromEntries(kinds.map((kind) => [kind, excludedBy(kind, ['host/a/', 'host/a/'])]))
  expect(same).toEqual({
    read: ['remove'],
    write: ['write', 'sweep'],
    remove: ['read', 'remove', 'change'],
    change: ['remove', 'change'],
    sweep: ['write', 'sweep'],
  })
})

test('of different ones, only garbage collection excludes', () => {
  const different = Object.fromEntries(kinds.map((kind) => [kind, excludedBy(kind, ['host/a/', 'host/b/'])]))
  expect(different).toEqual({ read: [], write: ['sweep'], remove: [], change: [], sweep: ['write', 'sweep'] })
})

test('a name says what the lock is', () => {
  for (const kind of kinds) {
    const lock = { kind, scope: lockScope('ns/a/host/b/2026-11-20T13:00:00Z/'), id }
    const name = formatLockName(lock)
    expect(name).toMatch(/^\.locks\/[\w.-]+$/)
    expect(parseLockName(name)).toEqual(lock)
  }
})

test('other names are no locks', () => {
  const name = formatLockName({ kind: 'read', scope: lockScope('host/a/'), id })
  const others = [
    '',
    '.locks/',
    name.slice(1),
    `${name}.bak`,
    name.replace('read', 'own'),
    name.replace(/[0-9a-f]-/, '-'),
  ]
  expect(others.map(parseLockName)).toEqual(others.map(() => undefined))
})
