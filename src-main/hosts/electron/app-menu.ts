import { Menu, type MenuItemConstructorOptions } from 'electron'

/**
 * Keys that only a menu gives: size of the page and full screen everywhere, and on macOS what every program there has.
 * Elsewhere nobody sees it (window.ts).
 */
export function setAppMenu(): void {
  const view: MenuItemConstructorOptions = {
    label: 'View',
    submenu: [
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { type: 'separator' },
      { role: 'togglefullscreen' },
    ],
  }
  const ofMac: MenuItemConstructorOptions[] = [{ role: 'appMenu' }, { role: 'editMenu' }, view, { role: 'windowMenu' }]
  Menu.setApplicationMenu(Menu.buildFromTemplate(process.platform === 'darwin' ? ofMac : [view]))
}
