import { type RefObject, useEffect, useRef } from 'react'
import { useLocation } from 'react-router'

const NEXT_TRIES = 20

/**
 * Moves the focus to the head of a screen when another screen opens, so that the keyboard and a screen reader are where
 * the eye is. Not within a screen (choosing in a list keeps the list), nor while somebody types into the search field.
 */
export function useFocusOnScreenChange(main: RefObject<HTMLElement | null>): void {
  const screen = useLocation().pathname.split('/')[1] ?? ''
  const before = useRef(screen)
  useEffect(() => {
    if (before.current === screen) return
    before.current = screen
    if (document.activeElement instanceof HTMLInputElement) return
    let frame = 0
    // A screen loaded for the first time has its head some frames later.
    const focus = (left: number) => {
      const head = main.current?.querySelector<HTMLElement>('h1[tabindex]')
      if (head === null || head === undefined) {
        if (left > 0) frame = requestAnimationFrame(() => focus(left - 1))
        else main.current?.focus()
        return
      }
      head.focus({ preventScroll: true })
    }
    focus(NEXT_TRIES)
    return () => cancelAnimationFrame(frame)
  }, [screen, main])
}
