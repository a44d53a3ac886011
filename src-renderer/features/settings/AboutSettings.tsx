import { Anchor } from '@mantine/core'
import { useApp, useShared } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { Logo } from '../../ui/Logo.tsx'
import { QueryView } from '../../ui/QueryView.tsx'

const links = [
  { name: 'documentation', label: 'Documentation' },
  { name: 'release-notes', label: 'What is new' },
  { name: 'licence', label: 'Licence' },
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
              <div className="hf-strong">Holdfast {version}</div>
              <div className="hf-sm hf-2">{host === 'electron' ? 'Desktop' : 'In the browser'}</div>
            </div>
          </div>
          <dl className="hf-sm" style={{ display: 'grid', gridTemplateColumns: 'max-content 1fr', gap: '4px 16px' }}>
            <dt className="hf-3">Computer</dt>
            <dd>
              {computer}, {platform}
            </dd>
            <dt className="hf-3">Data</dt>
            <dd className="hf-mono">{dataDirectory}</dd>
            <dt className="hf-3">Time zone</dt>
            <dd>{timeZone}</dd>
            <dt className="hf-3">Rights</dt>
            <dd>{privileged ? 'may read every file and restore owners' : 'reads what you can read'}</dd>
          </dl>
          <div className="hf-row" style={{ gap: 16, marginTop: 16 }}>
            {links.map(({ name, label }) => (
              <Anchor key={name} component="button" size="md" onClick={() => open.run(name)}>
                {label}
              </Anchor>
            ))}
          </div>
        </>
      )}
    </QueryView>
  )
}
