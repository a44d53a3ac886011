import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where a running headless host listens, for `vite` with live reload: its contract is reached through this server. */
const host = process.env.HOLDFAST_URL ?? 'http://127.0.0.1:8717'

export default defineConfig({
  root: 'src-renderer',
  // Screens are routes of any depth, so assets are addressed from the root of the origin.
  base: '/',
  publicDir: false,
  plugins: [react()],
  server: { proxy: { '/rpc': { target: host, ws: true }, '/content': host } },
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    // Electron 45 and the browsers of the same year; nothing older is promised.
    target: 'chrome138',
    // The content security policy knows neither data: scripts nor inline ones.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What the licences of bundled libraries ask for: theirs are not beside them any more.
    license: { fileName: 'third-party-licences.md' },
    chunkSizeWarningLimit: 1200,
    // What the first screen needs is one file: without this, whatever another screen needs as well is a request of its own.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } } },
  },
})
