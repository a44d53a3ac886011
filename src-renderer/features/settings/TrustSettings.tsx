import { NumberInput, Switch } from '@mantine/core'
import type { Settings } from '../../../src-shared/model/settings.ts'
import { t } from '../../i18n/translate.ts'
import { useApp, useShared } from '../../state/use-app.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { SettingRow } from './SettingRow.tsx'
import { useSaveSettings } from './use-save-settings.ts'

/** How often everything is read back, and whether restores are tried. */
export function TrustSettings() {
  const app = useApp()
  const settings = useShared('settings')
  return (
    <section aria-labelledby="trust-settings" style={{ marginTop: 24 }}>
      <div className="hf-section-head">
        <h2 id="trust-settings" className="hf-h4">
          {t('trust.proof')}
        </h2>
      </div>
      <QueryView query={settings} onRetry={app.settings.reload}>
        {(value) => <Rows settings={value} />}
      </QueryView>
    </section>
  )
}

function Rows({ settings }: { readonly settings: Settings }) {
  const save = useSaveSettings(settings)
  const { trust } = settings
  return (
    <>
      <SettingRow title={t('trust.readBackEvery')} text={t('trust.readBackEveryHelp')}>
        <NumberInput
          aria-label={t('trust.readBackEvery')}
          w={120}
          min={0}
          max={365}
          allowDecimal={false}
          suffix={` ${t('trust.days')}`}
          value={trust.readBackDays}
          onChange={(days) => typeof days === 'number' && save({ trust: { ...trust, readBackDays: days } })}
        />
      </SettingRow>
      <SettingRow title={t('trust.testEveryWeek')} text={t('trust.testEveryWeekHelp')}>
        <Switch
          aria-label={t('trust.testEveryWeek')}
          checked={trust.testRestores}
          onChange={(event) => save({ trust: { ...trust, testRestores: event.currentTarget.checked } })}
        />
      </SettingRow>
    </>
  )
}
