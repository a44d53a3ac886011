import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { wakeCommands } from './wake-commands.ts'

const at = Date.UTC(2026, 10, 21, 2, 0)
const linux = { platform: 'linux', isPrivileged: false, folder: '/home/maren/.config/systemd/user' } as const

test('a person wakes the computer with a timer of their own, root with the clock itself', () => {
  const wanted = wakeCommands(at, linux)
  expect(wanted?.files[0]).toEqual({
    path: '/home/maren/.config/systemd/user/holdfast-wake.timer',
    text: expect.stringMatching(/OnCalendar=2026-11-21 01:59:15 UTC\n[\s\S]*WakeSystem=true/),
  })
  expect(wanted?.commands.at(-1)).toEqual(['systemctl', '--user', 'restart', 'holdfast-wake.timer'])
  expect(wakeCommands(at, { ...linux, isPrivileged: true })?.commands).toEqual([
    ['rtcwake', '-m', 'no', '-t', String(at / 1000 - 45)],
  ])
})

test('what was set is taken back', () => {
  expect(wakeCommands(undefined, linux)).toEqual({
    files: [],
    commands: [['systemctl', '--user', 'stop', 'holdfast-wake.timer']],
  })
  expect(wakeCommands(undefined, { ...linux, isPrivileged: true })?.commands[0]?.slice(0, 3)).toEqual([
    'rtcwake',
    '-m',
    'disable',
  ])
})

test('macOS wants the rights of the system and its own way of writing a moment, Windows a task that wakes', () => {
  expect(wakeCommands(at, { ...linux, platform: 'darwin' })).toBeUndefined()
  const [command] = wakeCommands(at, { ...linux, platform: 'darwin', isPrivileged: true })?.commands ?? []
  expect(command?.[3]).toMatch(/^\d\d\/\d\d\/26 \d\d:\d\d:15$/)
  const task = wakeCommands(at, { platform: 'win32', isPrivileged: false, folder: 'C:\\Temp' })
  expect(task?.files[0]?.text).toContain('<WakeToRun>true</WakeToRun>')
  expect(task?.files[0]?.text).toContain('<StartBoundary>2026-11-21T01:59:15Z</StartBoundary>')
  expect(wakeCommands(at, { ...linux, platform: 'aix' })).toBeUndefined()
})

test('systemd takes the units as they are written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-units-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const files = wakeCommands(at, { ...linux, folder })?.files ?? []
  for (const { path, text } of files) writeFileSync(path, text)
  expect(files.map(({ path }) => basename(path))).toEqual(['holdfast-wake.timer', 'holdfast-wake.service'])
  const said = execFileSync('systemd-analyze', ['verify', ...files.map(({ path }) => path)], {
    encoding: 'utf8',
    stdio: 'pipe',
  })
  expect(said).toBe('')
})
