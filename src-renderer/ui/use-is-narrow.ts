import { useMediaQuery } from '@mantine/hooks'

/** Whether the window is small, or what is in it enlarged, so that two panes hardly fit. The same width stands in the styles. */
export function useIsNarrow(): boolean {
  return useMediaQuery('(max-width: 960px)', false, { getInitialValueInEffect: false }) ?? false
}
