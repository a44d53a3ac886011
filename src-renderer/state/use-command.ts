import { notifications } from '@mantine/notifications'
import { useCallback, useState } from 'react'
import { toFailure } from './failure.ts'

/**
 * Runs a command of the contract and says so when it fails. `run` resolves to what the command returned, or to
 * `undefined` after a failure that has already been shown.
 */
export function useCommand<Args extends readonly unknown[], T>(
  command: (...args: Args) => Promise<T>,
  options: { readonly done?: (value: T) => void } = {},
): { readonly run: (...args: Args) => Promise<T | undefined>; readonly busy: boolean } {
  const [busy, setBusy] = useState(false)
  const { done } = options
  const run = useCallback(
    async (...args: Args) => {
      setBusy(true)
      try {
        const value = await command(...args)
        done?.(value)
        return value
      } catch (error) {
        showFailure(error)
        return undefined
      } finally {
        setBusy(false)
      }
    },
    [command, done],
  )
  return { run, busy }
}

/** A failed command as a notification that stays until it is read. */
export function showFailure(error: unknown): void {
  const { message, hint, code } = toFailure(error)
  notifications.show({ title: message, message: hint ?? code, color: 'red', autoClose: 12_000, withBorder: true })
}
