import type { Settings } from '../../../src-shared/model/settings.ts'
import { useApp } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'

/** Saves a changed setting at once and reads back what the app made of it. */
export function useSaveSettings(settings: Settings): (part: Partial<Settings>) => void {
  const { client, settings: resource } = useApp()
  const save = useCommand(async (next: Settings) => {
    await client.app.saveSettings(next)
    resource.reload()
  })
  return (part) => void save.run({ ...settings, ...part })
}
