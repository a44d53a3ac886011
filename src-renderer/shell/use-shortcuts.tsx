import { useHotkeys } from '@mantine/hooks'
import { useRef } from 'react'
import { useNavigate } from 'react-router'
import { SEARCH_FIELD_ID } from './SearchField.tsx'
import { showShortcuts } from './ShortcutList.tsx'
import { screens } from './screens.ts'

/** The second key of `g o` must follow the first within this time. */
const CHORD_MS = 1200

/** The keys that work on every screen. Those of one screen belong to that screen. */
export function useShortcuts(): void {
  const navigate = useNavigate()
  const goPressedAt = useRef(0)
  useHotkeys([
    ['/', () => document.getElementById(SEARCH_FIELD_ID)?.focus()],
    ['shift + ?', showShortcuts],
    ['?', showShortcuts],
    [
      'g',
      () => {
        goPressedAt.current = Date.now()
      },
      { preventDefault: false },
    ],
    ...screens.map(({ key, path }): [string, () => void, { preventDefault: boolean }] => [
      key,
      () => {
        if (Date.now() - goPressedAt.current > CHORD_MS) return
        goPressedAt.current = 0
        void navigate(path)
      },
      { preventDefault: false },
    ]),
    ['c', () => void navigate('/plans/new')],
  ])
}
