import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type ServiceContext, servicePlan } from './service-files.ts'

const context: ServiceContext = {
  platform: 'linux',
  isPrivileged: false,
  user: 'maren',
  home: '/home/maren',
  command: ['/usr/bin/node', '/opt/hold fast/100%/main.ts', 'serve', '--listen', '127.0.0.1:4710'],
  dataDirectory: '/home/maren/.local/share/holdfast',
}

test('a person gets a service of their own that outlives their sessions, root one of the system', () => {
  const own = servicePlan(context)
  expect(own?.files[0]?.path).toBe('/home/maren/.config/systemd/user/holdfast.service')
  expect(own?.install).toEqual([
    ['loginctl', 'enable-linger', 'maren'],
    ['systemctl', '--user', 'daemon-reload'],
    ['systemctl', '--user', 'enable', '--now', 'holdfast.service'],
  ])
  const system = servicePlan({ ...context, isPrivileged: true })
  expect(system?.files[0]?.path).toBe('/etc/systemd/system/holdfast.service')
  expect(system?.files[0]?.text).toContain('WantedBy=multi-user.target')
  expect(system?.remove).toEqual([['systemctl', 'disable', '--now', 'holdfast.service']])
})

test('systemd takes the unit as it is written, with spaces and percent signs in paths', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast unit %-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  // The verifier looks whether the program is there.
  const command = [process.execPath, join(folder, 'main $HOME.ts'), 'serve']
  const text = servicePlan({ ...context, isPrivileged: true, command })?.files[0]?.text ?? ''
  const path = join(folder, 'holdfast.service')
  writeFileSync(path, text)
  expect(execFileSync('systemd-analyze', ['verify', path], { encoding: 'utf8', stdio: 'pipe' })).toBe('')
  expect(text).toContain('main $$HOME.ts')
})

test('macOS and Windows start it with the computer in their own way, others not at all', () => {
  const mac = servicePlan({ ...context, platform: 'darwin', isPrivileged: true, command: ['/a & b', 'serve'] })
  expect(mac?.files[0]?.path).toBe('/Library/LaunchDaemons/org.holdfast.serve.plist')
  expect(mac?.files[0]?.text).toContain('<string>/a &amp; b</string>')
  expect(mac?.files[0]?.text).toContain('<key>UserName</key><string>maren</string>')
  expect(servicePlan({ ...context, platform: 'win32' })?.install[0]).toContain('ONSTART')
  expect(servicePlan({ ...context, platform: 'aix' })).toBeUndefined()
})
