import { modals } from '@mantine/modals'
import type { ServerToken } from '../../../src-shared/model/remote-job.ts'
import { t } from '../../i18n/translate.ts'
import { CopyIcon } from '../../ui/CopyCommand.tsx'

interface MadeToken {
  readonly token: string
  readonly kind: ServerToken['kind']
  readonly address: string
  readonly fingerprint: string | undefined
}

/** A token is seen this once, as the command that uses it. */
export function showToken({ token, kind, address, fingerprint }: MadeToken): void {
  const pin = fingerprint === undefined ? '' : ` --fingerprint ${fingerprint}`
  const command = `holdfast runner --server ${address} --token ${token}${pin}`
  modals.open({
    title: t('runners.newToken'),
    size: 560,
    children: (
      <div>
        <p>{t('runners.shownOnce')}</p>
        <p className="hf-row hf-sunken" style={{ marginTop: 8, padding: '8px 12px', gap: 8, alignItems: 'start' }}>
          <span className="hf-mono hf-grow" style={{ overflowWrap: 'anywhere' }}>
            {command}
          </span>
          <CopyIcon value={command} label={t('runners.copyToken')} />
        </p>
        {kind === 'invite' && (
          <p className="hf-sm hf-2" style={{ marginTop: 8 }}>
            {t('runners.inviteText')}
          </p>
        )}
      </div>
    ),
  })
}
