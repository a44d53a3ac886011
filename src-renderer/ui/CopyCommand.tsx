import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { t } from '../i18n/translate.ts'

/** An icon that copies, and says that it did. */
export function CopyIcon({ value, label }: { readonly value: string; readonly label: string }) {
  return (
    <CopyButton value={value} timeout={1600}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t('common.copied') : label}>
          <ActionIcon aria-label={copied ? t('common.copied') : label} onClick={copy} size={24}>
            {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  )
}

/** Every action has its command: the exact `holdfast …` line, to read and to copy. */
export function CopyCommand({ command }: { readonly command: string }) {
  return (
    <section aria-label={t('ui.asCommand')}>
      <div className="hf-row hf-between" style={{ height: 24 }}>
        <span className="hf-sm hf-med hf-2">{t('ui.asCommand')}</span>
        <CopyIcon value={command} label={t('ui.copyCommand')} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long command scrolls, also by keyboard */}
      <pre className="hf-command" tabIndex={0} style={{ margin: 0 }}>
        {command.split(/(?<= )/).map((word, at) => (
          // Lines end between words: after a hyphen, `--exclude` would be torn apart.
          // biome-ignore lint/suspicious/noArrayIndexKey: words have no other name, and keep none of their state
          <span key={at}>{word}</span>
        ))}
      </pre>
    </section>
  )
}
