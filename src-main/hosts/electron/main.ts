import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRouterClient } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'
import { app, type BrowserWindow, dialog, ipcMain, nativeImage, protocol, session } from 'electron'
import type { Client } from '../../../src-shared/contract/index.ts'
import { createApp } from '../../app/create-app.ts'
import { defaultDataDirectory } from '../node/data-directory.ts'
import { createAppProtocol } from './app-protocol.ts'
import { routeFromArguments, routeFromLink } from './deep-link.ts'
import { createElectronHost } from './electron-host.ts'
import { lockDown } from './lockdown.ts'
import { systemKeychain } from './safe-storage.ts'
import { openSealedStore } from './sealed-store.ts'
import { createTray } from './tray.ts'
import { followTrayFacts } from './tray-facts.ts'
import type { TrayAction } from './tray-menu.ts'
import { appScheme, isAppFrame } from './trust.ts'
import { watchUpdates } from './updates.ts'
import { openWindow } from './window.ts'

/*
 * The desktop shell, composed. Do not change what stands above `ready` without reading Electron's security guide and
 * section 6 of the style page: sandbox, scheme and single instance must precede it, and nothing here may await at the top
 * level, since `ready` waits for this file to end.
 */
app.enableSandbox()
protocol.registerSchemesAsPrivileged([
  { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
])

let window: BrowserWindow | undefined
let isQuitting = false

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', (_event, args) => show(routeFromArguments(args) ?? undefined))
  app.on('open-url', (event, link) => {
    event.preventDefault()
    show(routeFromLink(link))
  })
  app.on('window-all-closed', () => {}) // jobs go on; the tray brings the window back
  app.on('activate', () => show(undefined))
  app.whenReady().then(start).catch(reportFatal)
} else {
  app.quit()
}

async function start(): Promise<void> {
  app.setAsDefaultProtocolClient(appScheme)
  const dataDirectory = defaultDataDirectory()
  const secrets = await openSealedStore(join(dataDirectory, 'keychain.json'), systemKeychain)
  const holdfast = await createApp(createElectronHost(dataDirectory, secrets, { openRoute: show, dragFiles }))

  lockDown(session.defaultSession)
  protocol.handle(
    appScheme,
    createAppProtocol(fileURLToPath(new URL('../../../../renderer', import.meta.url)), holdfast.content),
  )
  const handler = new RPCHandler(holdfast.router)
  ipcMain.on('holdfast:connect', ({ senderFrame, ports: [port] }) => {
    if (!port || !isAppFrame(senderFrame)) return
    handler.upgrade(port, { context: {} })
    port.start()
  })

  await holdfast.start()
  const client: Client = createRouterClient(holdfast.router, { context: {} })
  const showTray = createTray((action) => act(client, action))
  void followTrayFacts(client, showTray) // ends with the app; failures are logged inside
  watchUpdates((version) => console.log(`Holdfast ${version} will be installed when you quit.`))
  if (!process.argv.includes('--hidden')) show(routeFromArguments(process.argv) ?? '/')

  app.on('before-quit', (event) => {
    if (isQuitting) return
    event.preventDefault()
    isQuitting = true
    holdfast.close().finally(() => app.quit())
  })
}

/** Brings the window up, at `route` where one is given. */
function show(route: string | undefined): void {
  if (!app.isReady()) return
  if (!window || window.isDestroyed()) {
    window = openWindow(route ?? '/')
    return
  }
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
  if (route) void window.loadURL(`${appScheme}://app${route}`) // the page shows its own error
}

/** Hands files to the desktop while the person drags a row of the page. */
function dragFiles(files: readonly string[]): void {
  const [file] = files
  if (!window || window.isDestroyed() || file === undefined) return
  const icon = nativeImage.createFromPath(fileURLToPath(new URL('../../../../../assets/tray@2x.png', import.meta.url)))
  window.webContents.startDrag({ file, files: [...files], icon })
}

function act(client: Client, action: TrayAction): void {
  switch (action.type) {
    case 'open':
      show(action.route)
      return
    case 'pause':
      client.app.pause({ until: Date.now() + action.hours * 3_600_000 }).catch(reportFatal)
      return
    case 'resume':
      client.app.resume().catch(reportFatal)
      return
    case 'quit':
      app.quit()
      return
  }
}

function reportFatal(error: unknown): void {
  dialog.showErrorBox('Holdfast could not start', error instanceof Error ? error.message : String(error))
  app.exit(1)
}
