import { useLocalStorage } from '@mantine/hooks'

/** A choice of this window that survives a restart: widths, sort orders, what is folded. Not data of the app. */
export function useRemembered<T>(name: string, initial: T): [T, (value: T | ((before: T) => T)) => void] {
  const [value, setValue] = useLocalStorage<T>({
    key: `holdfast:${name}`,
    defaultValue: initial,
    getInitialValueInEffect: false,
  })
  return [value, setValue]
}
