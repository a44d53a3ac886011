import { t } from '../../i18n/translate.ts'
import './settings.css'
import { IconBell, IconDatabase, IconInfoCircle, IconSettings, IconShieldLock } from '@tabler/icons-react'
import { Link, useParams } from 'react-router'
import { useApp, useShared } from '../../state/use-app.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { SplitPane } from '../../ui/SplitPane.tsx'
import { AboutSettings } from './AboutSettings.tsx'
import { CatalogSettings } from './CatalogSettings.tsx'
import { GeneralSettings } from './GeneralSettings.tsx'
import { NotificationSettings } from './NotificationSettings.tsx'
import { SecuritySettings } from './SecuritySettings.tsx'

const sections = [
  { id: 'general', name: 'settings.general', icon: IconSettings },
  { id: 'notifications', name: 'settings.notifications', icon: IconBell },
  { id: 'security', name: 'settings.security', icon: IconShieldLock },
  { id: 'catalog', name: 'settings.catalog', icon: IconDatabase },
  { id: 'about', name: 'common.about', icon: IconInfoCircle },
] as const

export function SettingsView() {
  const app = useApp()
  const { section } = useParams()
  const settings = useShared('settings')
  const chosen = sections.find(({ id }) => id === section) ?? sections[0]
  return (
    <SplitPane
      name="settings"
      width={220}
      first={
        <nav className="hf-page" aria-label={t('common.settings')}>
          <div className="hf-pane-head">
            <h2 className="hf-h2">{t('common.settings')}</h2>
          </div>
          <div style={{ padding: '0 8px' }}>
            {sections.map(({ id, name, icon: Icon }) => (
              <Link
                key={id}
                to={`/settings/${id}`}
                className="hf-item hf-row"
                style={{ display: 'flex', height: 32, padding: '0 8px' }}
                aria-current={id === chosen.id ? 'page' : undefined}
              >
                <Icon size={16} stroke={1.75} className="hf-3" aria-hidden />
                {t(name)}
              </Link>
            ))}
          </div>
        </nav>
      }
      second={
        <div className="hf-page">
          <PageHeader title={t(chosen.name)} />
          <div className="hf-scroll" style={{ padding: '4px 24px 24px', maxWidth: 720 }}>
            {chosen.id === 'security' && <SecuritySettings />}
            {chosen.id === 'catalog' && <CatalogSettings />}
            {chosen.id === 'about' && <AboutSettings />}
            {(chosen.id === 'general' || chosen.id === 'notifications') && (
              <QueryView query={settings} onRetry={app.settings.reload}>
                {(value) =>
                  chosen.id === 'general' ? (
                    <GeneralSettings settings={value} />
                  ) : (
                    <NotificationSettings settings={value} />
                  )
                }
              </QueryView>
            )}
          </div>
        </div>
      }
    />
  )
}
