import { Button } from '@mantine/core'
import { Trans } from 'react-i18next'
import type { RepositoryVerdict } from '../../src-shared/contract/repositories.ts'
import { t } from '../i18n/translate.ts'

interface FingerprintProps {
  readonly kind: RepositoryVerdict['kind']
  readonly fingerprint: string
  readonly onTrust: (fingerprint: string) => void
}

/** Trust on first use, by a person who compared it; another one stops everything from then on. */
export function Fingerprint({ kind, fingerprint, onTrust }: FingerprintProps) {
  return (
    <div className="hf-card" style={{ padding: '12px 16px' }}>
      <p>
        {kind === 's3' ? (
          <Trans
            i18nKey="ui.certificateOfStore"
            components={{
              command: <span className="hf-mono">openssl x509 -noout -fingerprint -sha256 -in public.crt</span>,
            }}
          />
        ) : (
          <Trans
            i18nKey="ui.certificate"
            components={{ command: <span className="hf-mono">proxmox-backup-manager cert info</span> }}
          />
        )}
      </p>
      <p className="hf-mono" style={{ overflowWrap: 'anywhere', margin: '8px 0' }}>
        {fingerprint.slice(0, 48)}
        <wbr />
        {fingerprint.slice(48)}
      </p>
      <Button onClick={() => onTrust(fingerprint)}>{t('ui.trustIt')}</Button>
    </div>
  )
}
