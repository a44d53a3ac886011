import { EventEmitter } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setImmediate as nextTick } from 'node:timers/promises'
import { type ShellWish, tell } from './events.ts'
import { openShellPage, type ShellPage } from './page.ts'

/*
 * Stands in for the module `electron` of the main process where its binary cannot be had, so that the shell as it is built
 * can be run: its windows are Chromium's. It does what Electron's documentation says of the calls that the shell makes, and
 * refuses what the shell gets wrong, such as files that are not there. What only the real one shows stays unseen: sandbox,
 * keychain, tray and dialogs of a desktop.
 */

const nothing = () => {}

/** Where a packed app has its files; a checkout has none. */
const resources = process.env.HOLDFAST_SHELL_RESOURCES
if (resources !== undefined) Object.assign(process, { resourcesPath: resources })

class App extends EventEmitter {
  readonly isPackaged = resources !== undefined
  isReady = false
  enableSandbox(): void {}
  requestSingleInstanceLock = () => true
  async whenReady(): Promise<void> {
    await nextTick()
    this.isReady = true
  }
  getVersion = () => '0.0.0'
  getAppPath = () => process.env.HOLDFAST_SHELL_APP ?? ''
  setAsDefaultProtocolClient = () => true
  getPath(_name: 'userData'): string {
    const folder = join(process.env.HOLDFAST_DATA ?? '', 'electron')
    mkdirSync(folder, { recursive: true })
    return folder
  }

  quit(): void {
    let isPrevented = false
    this.emit('before-quit', { preventDefault: () => (isPrevented = true) })
    if (!isPrevented) this.exit(0)
  }

  exit(code: number): void {
    Promise.all([...BrowserWindow.open].map((window) => window.destroy())).finally(() => process.exit(code))
  }
}
export const app = new App()

type Handler = (request: Request) => Promise<Response>
const handlers = new Map<string, Handler>()
const privileged = new Set<string>()

export const protocol = {
  registerSchemesAsPrivileged(schemes: readonly { readonly scheme: string }[]): void {
    if (app.isReady) throw new Error('Schemes are registered before the app is ready.')
    for (const { scheme } of schemes) privileged.add(scheme)
  },
  handle(scheme: string, handler: Handler): void {
    if (!privileged.has(scheme)) throw new Error(`${scheme} was not registered.`)
    handlers.set(scheme, handler)
  },
}

export const ipcMain = new EventEmitter()

export class BrowserWindow extends EventEmitter {
  static readonly open = new Set<BrowserWindow>()
  readonly webContents = Object.assign(new EventEmitter(), { startDrag: nothing, setWindowOpenHandler: nothing })
  readonly #preload: string
  #page: Promise<ShellPage> | undefined

  constructor({ webPreferences: { preload } }: { readonly webPreferences: { readonly preload: string } }) {
    super()
    if (!existsSync(preload)) throw new Error(`The preload ${preload} is not there.`)
    this.#preload = preload
    BrowserWindow.open.add(this)
    tell({ event: 'opening' })
    app.emit('web-contents-created', {}, this.webContents)
  }

  async loadURL(url: string): Promise<void> {
    const handler = handlers.get(new URL(url).protocol.slice(0, -1))
    if (!handler) throw new Error(`Nothing answers ${url}`)
    this.#page ??= openShellPage(this.#preload, handler, (channel, from, port) => {
      ipcMain.emit(channel, { senderFrame: { url: from, parent: null }, ports: [port] })
    })
    await (await this.#page).load(url)
    this.emit('ready-to-show')
  }

  /** As a person closes it. */
  close(): void {
    this.emit('close')
    this.destroy().then(() => {
      tell({ event: 'closed' })
      if (BrowserWindow.open.size === 0) app.emit('window-all-closed')
    })
  }

  async destroy(): Promise<void> {
    BrowserWindow.open.delete(this)
    await (await this.#page)?.close()
  }

  isDestroyed = () => !BrowserWindow.open.has(this)
  isMinimized = () => false
  isMaximized = () => false
  getNormalBounds = () => ({ x: 0, y: 0, width: 1280, height: 800 })
  show(): void {}
  focus(): void {}
  restore(): void {}
  maximize(): void {}
  reload(): void {}
  setMenuBarVisibility(): void {}
}

export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] }
export const nativeTheme = { themeSource: 'system', shouldUseDarkColors: false }
export const shell = {
  async openPath(path: string) {
    if (!existsSync(path)) return `${path} is not there.`
    tell({ event: 'opened', path })
    return ''
  },
}
export const powerMonitor = Object.assign(new EventEmitter(), { isOnBatteryPower: () => false })

export const session = {
  defaultSession: {
    webRequest: { onBeforeRequest: nothing },
    setPermissionRequestHandler: nothing,
    setPermissionCheckHandler: nothing,
    setDevicePermissionHandler: nothing,
  },
}

export const nativeImage = {
  createFromPath(path: string) {
    readFileSync(path) // throws where the real one would show an empty image
    return { setTemplateImage: nothing }
  },
}

interface Item {
  readonly label?: string
  readonly click?: () => void
}
let trayItems: readonly Item[] = []

export const Menu = {
  buildFromTemplate: (template: readonly Item[]) => template,
  setApplicationMenu: nothing,
}

export class Tray extends EventEmitter {
  #toolTip = ''
  setToolTip(text: string): void {
    this.#toolTip = text
  }
  setContextMenu(items: readonly Item[]): void {
    trayItems = items
    tell({ event: 'tray', toolTip: this.#toolTip, items: items.flatMap(({ label }) => label ?? []) })
  }
}

export class Notification extends EventEmitter {
  static isSupported = () => true
  readonly #options: { readonly title: string; readonly body: string }
  constructor(options: { readonly title: string; readonly body: string }) {
    super()
    this.#options = options
  }
  show(): void {
    tell({ event: 'notification', title: this.#options.title, body: this.#options.body })
  }
}

export const dialog = {
  showErrorBox: (title: string, text: string) => tell({ event: 'error', title, text }),
  showOpenDialog: async () => ({ canceled: true, filePaths: [] }),
  showMessageBox: async () => ({ response: 1 }),
}

const turned = (text: string) => [...text].reverse().join('')
/** Turns the text round: the sealing is the system's. */
export const safeStorage = {
  isAsyncEncryptionAvailable: async () => true,
  getSelectedStorageBackend: () => 'gnome_libsecret',
  encryptStringAsync: async (text: string) => Buffer.from(turned(text)),
  decryptStringAsync: async (sealed: Buffer) => ({ result: turned(sealed.toString()), shouldReEncrypt: false }),
}

function grant(wish: ShellWish): void {
  switch (wish.wish) {
    case 'click': {
      const item = trayItems.find(({ label }) => label === wish.item)
      if (!item?.click) throw new Error(`The tray has nothing to click that says ${wish.item}`)
      item.click()
      return
    }
    case 'close':
      for (const window of BrowserWindow.open) window.close()
      return
    case 'link':
      app.emit('second-instance', {}, ['holdfast', wish.link])
  }
}

// With its windows: a browser that outlives it writes into a folder that is being removed.
process.on('SIGTERM', () => app.exit(0))
createInterface(process.stdin).on('line', (line) => grant(JSON.parse(line) as ShellWish)) // from desktop-shell.ts
