import { expect, test } from 'vitest'
import { mountCommand } from './mount-command.ts'

test('each system has a command of its own', () => {
  const address = 'http://127.0.0.1:4711/abc/'
  expect(mountCommand(address, 'linux')).toBe('gio mount dav://127.0.0.1:4711/abc/')
  expect(mountCommand(address, 'windows')).toBe('net use * http://127.0.0.1:4711/abc/')
  expect(mountCommand(address, 'macos')).toBe('open http://127.0.0.1:4711/abc/')
})
