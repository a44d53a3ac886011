import { NumberInput, SegmentedControl, Switch } from '@mantine/core'
import type { Settings } from '../../../src-shared/model/settings.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { ByteInput } from '../../ui/ByteInput.tsx'
import { SettingRow } from './SettingRow.tsx'
import { useSaveSettings } from './use-save-settings.ts'

const themes: { value: Settings['theme']; label: string }[] = [
  { value: 'system', label: 'Like the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]
const densities: { value: Settings['density']; label: string }[] = [
  { value: 'dense', label: 'Dense' },
  { value: 'comfortable', label: 'Comfortable' },
]

export function GeneralSettings({ settings }: { readonly settings: Settings }) {
  const save = useSaveSettings(settings)
  const isDesktop = useSharedValue('info')?.host === 'electron'
  return (
    <>
      <SettingRow title="Theme" text="Follows the system unless you choose.">
        <SegmentedControl
          aria-label="Theme"
          data={themes}
          value={settings.theme}
          onChange={(theme) => save({ theme: theme as Settings['theme'] })} // one of `themes`
        />
      </SettingRow>
      <SettingRow title="Density" text="How high the rows of a table are.">
        <SegmentedControl
          aria-label="Density"
          data={densities}
          value={settings.density}
          onChange={(density) => save({ density: density as Settings['density'] })} // one of `densities`
        />
      </SettingRow>
      {isDesktop && (
        <>
          <SettingRow title="Start at login" text="Plans run without anybody opening this window.">
            <Switch
              aria-label="Start at login"
              checked={settings.startAtLogin}
              onChange={(event) => save({ startAtLogin: event.currentTarget.checked })}
            />
          </SettingRow>
          <SettingRow title="Keep running in the tray" text="Closing the window does not stop backups.">
            <Switch
              aria-label="Keep running in the tray"
              checked={settings.keepInTray}
              onChange={(event) => save({ keepInTray: event.currentTarget.checked })}
            />
          </SettingRow>
        </>
      )}
      <SettingRow title="Worker threads" text="For hashing and compressing. Empty lets Holdfast choose.">
        <NumberInput
          aria-label="Worker threads"
          w={120}
          min={1}
          max={32}
          placeholder="Automatic"
          value={settings.workerThreads ?? ''}
          onChange={(n) => {
            const { workerThreads: _, ...rest } = settings
            save(typeof n === 'number' ? { workerThreads: n } : { ...rest, workerThreads: undefined })
          }}
        />
      </SettingRow>
      <SettingRow title="Read limit" text="How fast sources are read, at most.">
        <ByteInput
          label="Read limit"
          suffix="/s"
          value={settings.readLimitBytesPerSecond}
          onChange={(readLimitBytesPerSecond) => save({ readLimitBytesPerSecond })}
        />
      </SettingRow>
    </>
  )
}
