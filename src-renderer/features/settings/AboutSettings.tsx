import { Anchor } from '@mantine/core'
import { t } from '../../i18n/translate.ts'
import { useApp, useShared } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { Logo } from '../../ui/Logo.tsx'
import { QueryView } from '../../ui/QueryView.tsx'

const links = [
  { name: 'documentation', label: 'settings.documentation' },
  { name: 'release-notes', label: 'settings.whatIsNew' },
  { name: 'accessibility', label: 'settings.accessibilityPage' },
  { name: 'licence', label: 'settings.licence' },
  { name: 'third-party-licences', label: 'settings.thirdPartyLicences' },
] as const

export function AboutSettings() {
  const app = useApp()
  const info = useShared('info')
  const open = useCommand((name: (typeof links)[number]['name']) => app.client.app.openLink({ name }))
  return (
    <QueryView query={info} onRetry={app.info.reload}>
      {({ version, computer, platform, host, dataDirectory, timeZone, privileged }) => (
        <>
          <div className="hf-row" style={{ gap: 12, marginBottom: 16 }}>
            <Logo size={32} />
            <div>
              <div className="hf-strong">{t('settings.version', { version })}</div>
              <div className="hf-sm hf-2">{host === 'electron' ? t('settings.desktop') : t('settings.inBrowser')}</div>
            </div>
          </div>
          <dl className="hf-sm" style={{ display: 'grid', gridTemplateColumns: 'max-content 1fr', gap: '4px 16px' }}>
            <dt className="hf-3">{t('settings.computer')}</dt>
            <dd>
              {computer}, {platform}
            </dd>
            <dt className="hf-3">{t('settings.data')}</dt>
            <dd className="hf-mono">{dataDirectory}</dd>
            <dt className="hf-3">{t('settings.timeZone')}</dt>
            <dd>{timeZone}</dd>
            <dt className="hf-3">{t('settings.rights')}</dt>
            <dd>{privileged ? t('settings.mayReadAll') : t('settings.readsYours')}</dd>
            <dt className="hf-3">{t('settings.accessibility')}</dt>
            <dd>{t('settings.accessibilityText')}</dd>
          </dl>
          <div className="hf-row" style={{ gap: 16, marginTop: 16, flexWrap: 'wrap' }}>
            {links.map(({ name, label }) => (
              <Anchor key={name} component="button" size="md" onClick={() => open.run(name)}>
                {t(label)}
              </Anchor>
            ))}
          </div>
        </>
      )}
    </QueryView>
  )
}
