import { expect, test } from 'vitest'
import { notifyCommand } from './desktop-notification.ts'

const notification = { kind: 'failure', title: '--help', body: 'a <b> & c\0' } as const
const desktop = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus' }

test('words are words: neither options, nor markup, nor part of a script', () => {
  expect(notifyCommand(notification, 'linux', desktop)).toEqual([
    'notify-send',
    '--app-name=Holdfast',
    '--urgency=critical',
    '--',
    '--help',
    'a &lt;b&gt; &amp; c',
  ])
  const mac = notifyCommand({ ...notification, title: '" & do shell script "id' }, 'darwin', {})
  expect(mac?.filter((word) => word.startsWith('display'))).toEqual([
    'display notification (item 2 of words) with title (item 1 of words)',
  ])
  expect(mac?.slice(-2)).toEqual(['" & do shell script "id', 'a <b> & c'])
})

test('without a desktop nobody is asked to show it', () => {
  expect(notifyCommand(notification, 'linux', {})).toBeUndefined()
  expect(notifyCommand(notification, 'win32', desktop)).toBeUndefined()
})
