import { fileURLToPath } from 'node:url'
import { createRouterClient } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'
import { app, type BrowserWindow, dialog, ipcMain, nativeImage, protocol, session } from 'electron'
import type { Client } from '../../../src-shared/contract/index.ts'
import { createApp } from '../../app/create-app.ts'
import { outsideWords } from '../../app/outside-words.ts'
import { defaultDataDirectory } from '../node/data-directory.ts'
import { setAppMenu } from './app-menu.ts'
import { createAppProtocol } from './app-protocol.ts'
import { routeFromArguments, routeFromLink } from './deep-link.ts'
import { createElectronHost, hiddenSwitch } from './electron-host.ts'
import { lockDown } from './lockdown.ts'
import { openSecrets } from './open-secrets.ts'
import { systemKeychain } from './safe-storage.ts'
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
  {
    scheme: appScheme,
    privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
  },
])

let window: BrowserWindow | undefined
/** Where a link led before there was an app to show it. */
let wanted: string | undefined
let hasStarted = false
let isQuitting = false
let staysWithoutWindow = true

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', (_event, args) => show(routeFromArguments(args)))
  app.on('open-url', (event, link) => {
    event.preventDefault()
    show(routeFromLink(link))
  })
  app.on('window-all-closed', () => {
    if (!staysWithoutWindow) app.quit() // else jobs go on; the tray brings the window back
  })
  app.on('activate', () => show(undefined))
  app.whenReady().then(start).catch(reportFatal)
} else {
  app.quit()
}

async function start(): Promise<void> {
  // In a checkout it would be Electron that is registered, without the folder of the app.
  if (app.isPackaged) app.setAsDefaultProtocolClient(appScheme)
  if (process.platform === 'win32') app.setAppUserModelId('org.holdfast.desktop') // else no notifications; as appId of the installer
  setAppMenu()
  const dataDirectory = defaultDataDirectory()
  const secrets = await openSecrets(dataDirectory, systemKeychain, mayKeepSecretsInFile)
  const stayWithoutWindow = (isWished: boolean) => {
    staysWithoutWindow = isWished
  }
  const host = createElectronHost(dataDirectory, secrets, { openRoute: show, dragFiles, stayWithoutWindow })
  const holdfast = await createApp(host)

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
  watchUpdates(async (version) => {
    const words = outsideWords((await client.app.settings()).language)
    host.notify({ kind: 'success', title: words.updateReady(version), body: words.updateWaits, route: '/' })
  })
  app.on('before-quit', (event) => {
    if (isQuitting) return
    event.preventDefault()
    isQuitting = true
    holdfast.close().finally(() => app.quit())
  })

  hasStarted = true
  const route = wanted ?? routeFromArguments(process.argv)
  if (route !== undefined || !process.argv.includes(hiddenSwitch)) show(route)
}

/** Brings the window up, at `route` where one is given. */
function show(route: string | undefined): void {
  if (!hasStarted) {
    wanted = route ?? wanted ?? '/'
    return
  }
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
      client.app.pause({ until: Date.now() + action.hours * 3_600_000 }).catch(reportFailure)
      return
    case 'resume':
      client.app.resume().catch(reportFailure)
      return
    case 'quit':
      app.quit()
      return
  }
}

/** Before there is a catalog, and with it a language of the settings. */
async function mayKeepSecretsInFile(): Promise<boolean> {
  const { noKeychain, noKeychainDetail, keepInFile, quit } = outsideWords('system')
  const { response } = await dialog.showMessageBox({
    type: 'warning',
    message: noKeychain,
    detail: noKeychainDetail,
    buttons: [keepInFile, quit],
    defaultId: 1,
    cancelId: 1,
  })
  return response === 0
}

function reportFailure(error: unknown): void {
  dialog.showErrorBox(outsideWords('system').couldNotDo, error instanceof Error ? error.message : String(error))
}

function reportFatal(error: unknown): void {
  dialog.showErrorBox(outsideWords('system').couldNotStart, error instanceof Error ? error.message : String(error))
  app.exit(1)
}
