import { useRestoreDraft } from '../../state/restore-draft.ts'

/** The restore panel beside the screen; nothing while nothing is being restored. */
export function RestorePanel() {
  const draft = useRestoreDraft()
  if (draft === undefined) return null
  return <aside aria-label="Restore" style={{ width: 648 }} />
}
