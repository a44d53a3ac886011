import { expect, test } from 'vitest'
import { outsideWords } from '../../app/outside-words.ts'
import { routeFromArguments, routeFromLink } from './deep-link.ts'
import { mayUse } from './permissions.ts'
import { trayMenu } from './tray-menu.ts'
import { isAppFrame, mayLoad, mayNavigate, mayShowInFrame } from './trust.ts'
import { restoreWindowState, windowOptions } from './window-options.ts'

const screen = { x: 0, y: 0, width: 1920, height: 1080 }

test('the page gets no Node, in any frame or worker', () => {
  const { webPreferences } = windowOptions(
    { width: 1280, height: 800, maximized: false },
    { preload: '/preload.cjs', isPackaged: true, isDark: false },
  )
  expect(webPreferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webviewTag: false,
    webSecurity: true,
    devTools: false,
  })
})

test('a window comes back where it was, unless that screen is gone', () => {
  const saved = { x: 100, y: 50, width: 1400, height: 900, maximized: false }
  expect(restoreWindowState(saved, [screen])).toEqual(saved)
  expect(restoreWindowState({ ...saved, x: 4000 }, [screen])).toEqual({ width: 1400, height: 900, maximized: false })
  expect(restoreWindowState({ width: 'wide' }, [screen])).toEqual({ width: 1280, height: 800, maximized: false })
  expect(restoreWindowState(undefined, [])).toEqual({ width: 1280, height: 800, maximized: false })
})

test('only the main frame of our own page is trusted', () => {
  expect(isAppFrame({ url: 'holdfast://app/plans', parent: null })).toBe(true)
  expect(isAppFrame(null)).toBe(false)
  expect(isAppFrame({ url: 'holdfast://app/', parent: {} })).toBe(false)
  expect(isAppFrame({ url: 'https://example.org/', parent: null })).toBe(false)
  expect(isAppFrame({ url: 'holdfast://app.evil/', parent: null })).toBe(false)
  expect(isAppFrame({ url: 'holdfast://user@app/', parent: null })).toBe(false)
})

test.each([
  'https://example.org/',
  'http://127.0.0.1:8080/',
  'file:///etc/passwd',
  'ws://127.0.0.1/',
  'holdfast://other/',
  'javascript:alert(1)',
  'nonsense',
])('the page can neither load nor become %s', (url) => {
  expect([mayLoad(url), mayNavigate(url)]).toEqual([false, false])
})

test('the page may load itself, and blobs it made', () => {
  expect(['holdfast://app/assets/a.js', 'blob:holdfast://app/1234', 'data:image/png;base64,AA=='].every(mayLoad)).toBe(
    true,
  )
  expect(mayNavigate('data:text/html,x')).toBe(false)
})

test('the reader of PDF files works in a frame, and never instead of the page', () => {
  const reader = 'chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/index.html'
  expect([mayLoad(reader), mayShowInFrame(reader), mayNavigate(reader)]).toEqual([true, true, false])
  const other = 'chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/index.html'
  expect([mayLoad(other), mayShowInFrame(other), mayShowInFrame('https://example.org/')]).toEqual([false, false, false])
})

test('every permission but writing text to the clipboard is denied', () => {
  expect(mayUse('clipboard-sanitized-write')).toBe(true)
  expect(
    ['notifications', 'geolocation', 'media', 'clipboard-read', 'openExternal', 'fullscreen', 'hid', 'usb'].some(
      mayUse,
    ),
  ).toBe(false)
})

test.each([
  ['holdfast://snapshots/0b0e/documents?at=5', '/snapshots/0b0e/documents?at=5'],
  ['holdfast://snapshot/0b0e', '/snapshots/0b0e'],
  ['holdfast://settings', '/settings'],
  ['holdfast://app/index.html', undefined],
  ['holdfast://evil/path', undefined],
  ['holdfast://plans/..%2f..', undefined],
  ["holdfast://plans/'><script>", undefined],
  ['https://snapshots/1', undefined],
  ['holdfast://user:pw@plans/1', undefined],
  ['', undefined],
])('the link %s leads to %s', (link, route) => {
  expect(routeFromLink(link)).toBe(route)
})

test("another instance's arguments are searched for a link and otherwise ignored", () => {
  expect(routeFromArguments(['/usr/bin/holdfast', '--no-sandbox', 'holdfast://plans/1'])).toBe('/plans/1')
  expect(routeFromArguments([42, null, '--inspect', 'holdfast://evil'])).toBeUndefined()
})

test('the menu beside the clock speaks the language of the settings', () => {
  const menu = trayMenu({ jobs: [], formatTime: String, words: outsideWords('de', '') })
  expect(menu.flatMap((item) => item?.label ?? [])).toEqual([
    'Nichts läuft',
    'Holdfast öffnen',
    'Dateien wiederherstellen',
    '1 Stunde ruhen lassen',
    '3 Stunden ruhen lassen',
    '8 Stunden ruhen lassen',
    'Holdfast beenden',
  ])
})
