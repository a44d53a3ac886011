import { rememberedLanguage } from './i18n/language-setting.ts'
import { setLanguage } from './i18n/translate.ts'
import '@fontsource-variable/inter/opsz.css'
import '@fontsource-variable/jetbrains-mono/index.css'
import '@mantine/core/styles.css'
import '@mantine/dates/styles.css'
import '@mantine/charts/styles.css'
import '@mantine/dropzone/styles.css'
import '@mantine/notifications/styles.css'
import '@mantine/spotlight/styles.css'
import './ui/tokens.css'
import './ui/base.css'
import './ui/mantine.css'
import './ui/frames.css'
import './ui/forced-colors.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { createAppState, followApp } from './state/app-state.ts'
import { createClient } from './state/client.ts'
import { openConnection } from './state/connection.ts'
import { styleNonce } from './ui/style-nonce.ts'

const language = rememberedLanguage()
setLanguage(language)
document.documentElement.lang = language

// Libraries below Mantine (scroll locking) look for the nonce of their style elements under this name.
Object.assign(globalThis, { __webpack_nonce__: styleNonce() })

const connection = openConnection(window)
const app = createAppState(createClient(connection), connection)
const closing = new AbortController()
window.addEventListener('pagehide', () => closing.abort())
followApp(app, closing.signal)

const root = document.querySelector('#root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <App app={app} />
  </StrictMode>,
)
