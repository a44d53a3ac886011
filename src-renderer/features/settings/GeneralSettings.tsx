import { NumberInput, SegmentedControl, Switch } from '@mantine/core'
import type { Settings } from '../../../src-shared/model/settings.ts'
import { t, type WordKey } from '../../i18n/translate.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { ByteInput } from '../../ui/ByteInput.tsx'
import { SettingRow } from './SettingRow.tsx'
import { useSaveSettings } from './use-save-settings.ts'

const themes: readonly { readonly value: Settings['theme']; readonly label: WordKey }[] = [
  { value: 'system', label: 'settings.likeSystem' },
  { value: 'light', label: 'settings.light' },
  { value: 'dark', label: 'settings.dark' },
]
const densities: readonly { readonly value: Settings['density']; readonly label: WordKey }[] = [
  { value: 'dense', label: 'settings.dense' },
  { value: 'comfortable', label: 'settings.comfortable' },
]

export function GeneralSettings({ settings }: { readonly settings: Settings }) {
  const save = useSaveSettings(settings)
  const isDesktop = useSharedValue('info')?.host === 'electron'
  return (
    <>
      <SettingRow title={t('settings.language')} text={t('settings.languageText')}>
        <SegmentedControl
          aria-label={t('settings.language')}
          data={[
            { value: 'system', label: t('settings.likeSystem') },
            // Each is called by its own name, so that nobody is stuck in one they cannot read.
            { value: 'en', label: 'English' },
            { value: 'de', label: 'Deutsch' },
          ]}
          value={settings.language}
          onChange={(language) => save({ language: language as Settings['language'] })} // one of the three above
        />
      </SettingRow>
      <SettingRow title={t('settings.theme')} text={t('settings.themeText')}>
        <SegmentedControl
          aria-label={t('settings.theme')}
          data={themes.map(({ value, label }) => ({ value, label: t(label) }))}
          value={settings.theme}
          onChange={(theme) => save({ theme: theme as Settings['theme'] })} // one of `themes`
        />
      </SettingRow>
      <SettingRow title={t('settings.density')} text={t('settings.densityText')}>
        <SegmentedControl
          aria-label={t('settings.density')}
          data={densities.map(({ value, label }) => ({ value, label: t(label) }))}
          value={settings.density}
          onChange={(density) => save({ density: density as Settings['density'] })} // one of `densities`
        />
      </SettingRow>
      {isDesktop && (
        <>
          <SettingRow title={t('settings.startAtLogin')} text={t('settings.startAtLoginText')}>
            <Switch
              aria-label={t('settings.startAtLogin')}
              checked={settings.startAtLogin}
              onChange={(event) => save({ startAtLogin: event.currentTarget.checked })}
            />
          </SettingRow>
          <SettingRow title={t('settings.keepInTray')} text={t('settings.keepInTrayText')}>
            <Switch
              aria-label={t('settings.keepInTray')}
              checked={settings.keepInTray}
              onChange={(event) => save({ keepInTray: event.currentTarget.checked })}
            />
          </SettingRow>
        </>
      )}
      <SettingRow title={t('settings.workerThreads')} text={t('settings.workerThreadsText')}>
        <NumberInput
          aria-label={t('settings.workerThreads')}
          w={120}
          min={1}
          max={32}
          placeholder={t('settings.automatic')}
          value={settings.workerThreads ?? ''}
          onChange={(n) => {
            const { workerThreads: _, ...rest } = settings
            save(typeof n === 'number' ? { workerThreads: n } : { ...rest, workerThreads: undefined })
          }}
        />
      </SettingRow>
      <SettingRow title={t('settings.readLimit')} text={t('settings.readLimitText')}>
        <ByteInput
          label={t('settings.readLimit')}
          suffix="/s"
          value={settings.readLimitBytesPerSecond}
          onChange={(readLimitBytesPerSecond) => save({ readLimitBytesPerSecond })}
        />
      </SettingRow>
    </>
  )
}
