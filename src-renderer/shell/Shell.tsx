import { t } from '../i18n/translate.ts'
import { useLanguageSetting } from './use-language-setting.ts'
import './shell.css'
import { AppShell } from '@mantine/core'
import { type ReactNode, type RefObject, Suspense, useRef } from 'react'
import { Outlet } from 'react-router'
import { useRemembered } from '../state/use-remembered.ts'
import { SkeletonRows } from '../ui/Skeletons.tsx'
import { useIsNarrow } from '../ui/use-is-narrow.ts'
import { ActivityBar } from './ActivityBar.tsx'
import { CommandPalette } from './CommandPalette.tsx'
import { ConnectionBanner } from './ConnectionBanner.tsx'
import { RecoveryGate } from './RecoveryGate.tsx'
import { SideBar } from './SideBar.tsx'
import { TopBar } from './TopBar.tsx'
import { useFocusOnScreenChange } from './use-focus-on-screen-change.ts'
import { useLastScreen } from './use-last-screen.ts'
import { useShortcuts } from './use-shortcuts.tsx'
import { useThemeSetting } from './use-theme-setting.ts'

/** The frame around every screen: side bar, top bar, activity bar, and what listens everywhere. `aside` stands beside the screen. */
export function Shell({ aside }: { readonly aside?: ReactNode }) {
  const [isCollapsed, setCollapsed] = useRemembered('side-bar-collapsed', false)
  const isNarrow = useIsNarrow()
  const collapsed = isCollapsed || isNarrow
  const main = useRef<HTMLElement>(null)

  return (
    <>
      <Listeners main={main} />
      <a className="hf-skip" href="#main">
        {t('shell.skipToContent')}
      </a>
      <AppShell
        header={{ height: 48 }}
        footer={{ height: 40 }}
        navbar={{ width: collapsed ? 56 : 220, breakpoint: 0 }}
        padding={0}
        transitionDuration={0}
      >
        <AppShell.Header className="hf-shell-top">
          <TopBar collapsed={collapsed} {...(!isNarrow && { onCollapse: () => setCollapsed(!collapsed) })} />
        </AppShell.Header>
        <AppShell.Navbar className="hf-shell-side" aria-label={t('shell.mainBar')}>
          <SideBar collapsed={collapsed} />
        </AppShell.Navbar>
        <AppShell.Main id="main" className="hf-shell-main" ref={main} tabIndex={-1}>
          <div className="hf-shell-content">
            <ConnectionBanner />
            <div className="hf-shell-beside">
              <div className="hf-shell-screen">
                <Suspense fallback={<SkeletonRows />}>
                  <Outlet />
                </Suspense>
              </div>
              {aside}
            </div>
          </div>
        </AppShell.Main>
        <AppShell.Footer className="hf-shell-foot" aria-label={t('common.activity')}>
          <ActivityBar />
        </AppShell.Footer>
      </AppShell>
      <CommandPalette />
      <RecoveryGate />
    </>
  )
}

/** What listens everywhere. Apart from the bars, so that a step into a folder does not draw them. */
function Listeners({ main }: { readonly main: RefObject<HTMLElement | null> }) {
  useFocusOnScreenChange(main)
  useLastScreen()
  useThemeSetting()
  useLanguageSetting()
  useShortcuts()
  return null
}
