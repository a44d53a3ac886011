import { ipcRenderer } from 'electron'

/**
 * One job: hand the page one MessagePort a load (style S3). Nothing is exposed on `window`. The page's module scripts have
 * run when its document is ready, so its listener is there.
 */
window.addEventListener(
  'DOMContentLoaded',
  () => {
    const { port1, port2 } = new MessageChannel()
    ipcRenderer.postMessage('holdfast:connect', undefined, [port2])
    window.postMessage('holdfast:port', '*', [port1])
  },
  { once: true },
)
