import { MantineProvider } from '@mantine/core'
import { DatesProvider } from '@mantine/dates'
import { ModalsProvider } from '@mantine/modals'
import { Notifications } from '@mantine/notifications'
import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import { RouterProvider } from 'react-router'
import { language, t } from './i18n/translate.ts'
import { router } from './routes.tsx'
import type { AppState } from './state/app-state.ts'
import { AppProvider } from './state/use-app.tsx'
import { styleNonce } from './ui/style-nonce.ts'
import { cssVariablesResolver, theme } from './ui/theme.ts'

export function App({ app }: { readonly app: AppState }) {
  // Draws again when the language changes; the key then builds every screen anew, so that no word of the old one stays.
  useTranslation()
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <AppProvider app={app}>
        <DatesProvider settings={{ locale: language(), firstDayOfWeek: 1 }}>
          <Fragment key={language()}>
            <ModalsProvider modalProps={{ closeButtonProps: { 'aria-label': t('common.close') } }}>
              <Notifications position="bottom-right" limit={3} />
              <RouterProvider router={router} />
            </ModalsProvider>
          </Fragment>
        </DatesProvider>
      </AppProvider>
    </MantineProvider>
  )
}
