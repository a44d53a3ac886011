import { Switch } from '@mantine/core'
import type { Settings } from '../../../src-shared/model/settings.ts'
import { t } from '../../i18n/translate.ts'
import { ChannelList } from './ChannelList.tsx'
import { SettingRow } from './SettingRow.tsx'
import { useSaveSettings } from './use-save-settings.ts'

const rows = [
  { name: 'failures', title: 'settings.whenStops', text: 'settings.whenStopsText' },
  { name: 'warnings', title: 'settings.whenLeftOut', text: 'settings.whenLeftOutText' },
  { name: 'successes', title: 'settings.whenGood', text: 'settings.whenGoodText' },
] as const

export function NotificationSettings({ settings }: { readonly settings: Settings }) {
  const save = useSaveSettings(settings)
  return (
    <>
      <h2 className="hf-h4">{t('trust.onDesktop')}</h2>
      {rows.map(({ name, title, text }) => (
        <SettingRow key={name} title={t(title)} text={t(text)}>
          <Switch
            aria-label={t(title)}
            checked={settings.notify[name]}
            onChange={(event) => save({ notify: { ...settings.notify, [name]: event.currentTarget.checked } })}
          />
        </SettingRow>
      ))}
      <ChannelList />
    </>
  )
}
