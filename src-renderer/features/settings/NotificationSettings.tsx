import { Switch } from '@mantine/core'
import type { Settings } from '../../../src-shared/model/settings.ts'
import { t } from '../../i18n/translate.ts'
import { ChannelList } from './ChannelList.tsx'
import { SettingRow } from './SettingRow.tsx'
import { useSaveSettings } from './use-save-settings.ts'

const rows = [
  { name: 'failures', title: 'When a job stops', text: 'With what is safe and what to do.' },
  { name: 'warnings', title: 'When files are left out', text: 'With how many, and where to see them.' },
  { name: 'successes', title: 'When a run is good', text: 'Most people leave this off: no news is good news.' },
] as const

export function NotificationSettings({ settings }: { readonly settings: Settings }) {
  const save = useSaveSettings(settings)
  return (
    <>
      <h2 className="hf-h4">{t('trust.onDesktop')}</h2>
      {rows.map(({ name, title, text }) => (
        <SettingRow key={name} title={title} text={text}>
          <Switch
            aria-label={title}
            checked={settings.notify[name]}
            onChange={(event) => save({ notify: { ...settings.notify, [name]: event.currentTarget.checked } })}
          />
        </SettingRow>
      ))}
      <ChannelList />
    </>
  )
}
