import { app, type Session, type WebContents } from 'electron'
import { mayUse } from './permissions.ts'
import { mayLoad, mayNavigate, mayShowInFrame } from './trust.ts'

/** Nothing leaves the page and nothing else comes in: navigation, windows, webviews, requests, permissions (S7–S11). */
export function lockDown(session: Session): void {
  session.webRequest.onBeforeRequest((details, callback) => {
    const cancel = !mayLoad(details.url)
    if (cancel) console.error(`Refused a request of the page to ${new URL(details.url).protocol}`)
    callback({ cancel })
  })
  session.setPermissionRequestHandler((_contents, permission, callback) => callback(mayUse(permission)))
  session.setPermissionCheckHandler((_contents, permission) => mayUse(permission))
  session.setDevicePermissionHandler(() => false)
  app.on('web-contents-created', (_event, contents) => lockContents(contents))
}

function lockContents(contents: WebContents): void {
  const stay = (event: { readonly url: string; readonly isMainFrame: boolean; preventDefault(): void }) => {
    if (!(event.isMainFrame ? mayNavigate : mayShowInFrame)(event.url)) event.preventDefault()
  }
  contents.on('will-navigate', stay)
  contents.on('will-frame-navigate', stay)
  contents.on('will-redirect', stay)
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
}
