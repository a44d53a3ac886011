import { useMantineColorScheme } from '@mantine/core'
import { useEffect } from 'react'
import { useSharedValue } from '../state/use-app.tsx'

/** The settings decide over the theme; Mantine remembers it for the next start, before they are read. */
export function useThemeSetting(): void {
  const settings = useSharedValue('settings')
  const { setColorScheme } = useMantineColorScheme()
  const scheme = settings?.theme
  useEffect(() => {
    if (scheme !== undefined) setColorScheme(scheme === 'system' ? 'auto' : scheme)
  }, [scheme, setColorScheme])
  const density = settings?.density
  useEffect(() => {
    const root = document.documentElement.style
    if (density === 'comfortable') root.setProperty('--hf-row', '40px')
    else root.removeProperty('--hf-row')
  }, [density])
}
