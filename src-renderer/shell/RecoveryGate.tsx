import { useEffect } from 'react'
import { useSharedValue } from '../state/use-app.tsx'
import { requireRecoverySheet } from '../ui/recovery-sheet.tsx'

/**
 * A key that exists only on this computer is lost with it, and every snapshot made with it: until its sheet was saved and
 * read from, whatever screen is open, nothing else goes on. Keys that were brought in from elsewhere do not ask.
 */
export function RecoveryGate() {
  const keys = useSharedValue('keys')
  const waiting = keys?.find(({ sheetSavedAt }) => sheetSavedAt === undefined)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same key in a new list is not asked for anew
  useEffect(() => (waiting === undefined ? undefined : requireRecoverySheet(waiting)), [waiting?.id])
  return null
}
