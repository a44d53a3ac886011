import { MantineProvider } from '@mantine/core'
import { ModalsProvider } from '@mantine/modals'
import { Notifications } from '@mantine/notifications'
import { RouterProvider } from 'react-router'
import { router } from './routes.tsx'
import type { AppState } from './state/app-state.ts'
import { AppProvider } from './state/use-app.tsx'
import { styleNonce } from './ui/style-nonce.ts'
import { cssVariablesResolver, theme } from './ui/theme.ts'

export function App({ app }: { readonly app: AppState }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <AppProvider app={app}>
        <ModalsProvider>
          <Notifications position="bottom-right" limit={3} />
          <RouterProvider router={router} />
        </ModalsProvider>
      </AppProvider>
    </MantineProvider>
  )
}
