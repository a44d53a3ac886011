import { useMantineColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useSharedValue } from '../state/use-app.tsx'

/** The settings decide over the theme; Mantine remembers it for the next start, before they are read. */
export function useThemeSetting(): void {
  const settings = useSharedValue('settings')
  const scheme = useMantineColorScheme()
  const mantine = useRef(scheme)
  mantine.current = scheme
  const wanted = settings?.theme === 'system' ? 'auto' : settings?.theme
  useEffect(() => {
    // Mantine puts a style sheet in and out again for it, each of which makes the browser style the whole page anew.
    const { colorScheme, setColorScheme } = mantine.current
    if (wanted !== undefined && wanted !== colorScheme) setColorScheme(wanted)
  }, [wanted])
  const density = settings?.density
  useEffect(() => {
    const root = document.documentElement.style
    if (density === 'comfortable') root.setProperty('--hf-row', '40px')
    else root.removeProperty('--hf-row')
  }, [density])
}
