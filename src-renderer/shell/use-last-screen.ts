import { useEffect } from 'react'
import { useLocation, useNavigate } from 'react-router'

const KEY = 'holdfast:last-screen'
const SESSION_KEY = 'holdfast:session'

/** The screen a window was closed on is the one it opens with. A reload, or an address with a path, stays where it is. */
export function useLastScreen(): void {
  const { pathname, search } = useLocation()
  const navigate = useNavigate()
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the window opens
  useEffect(() => {
    const isNewWindow = sessionStorage.getItem(SESSION_KEY) === null
    sessionStorage.setItem(SESSION_KEY, 'open')
    const last = localStorage.getItem(KEY)
    if (isNewWindow && pathname === '/' && last?.startsWith('/') && last !== '/') {
      void navigate(last, { replace: true })
    }
  }, [])
  useEffect(() => localStorage.setItem(KEY, pathname + search), [pathname, search])
}
