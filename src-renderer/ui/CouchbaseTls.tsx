import { PasswordInput, TextInput } from '@mantine/core'
import type { CouchbaseSource } from '../../src-shared/model/couchbase-source.ts'
import { t } from '../i18n/translate.ts'
import { withText } from './with-text.ts'

export type CouchbaseTls = NonNullable<CouchbaseSource['tls']>

interface CouchbaseTlsFieldsProps {
  readonly tls: CouchbaseTls
  readonly onChange: (tls: CouchbaseTls) => void
  readonly passphrase: string
  readonly onPassphrase: (passphrase: string) => void
}

/** How the nodes of a cluster are trusted, and by which certificate we log in. Paths are of this computer. */
export function CouchbaseTlsFields({ tls, onChange, passphrase, onPassphrase }: CouchbaseTlsFieldsProps) {
  const field = (name: keyof CouchbaseTls) => ({
    classNames: { input: 'hf-mono' },
    value: tls[name] ?? '',
    onChange: ({ currentTarget: { value } }: { readonly currentTarget: HTMLInputElement }) =>
      onChange(withText(tls, name, value)),
  })
  return (
    <>
      <TextInput
        label={t('couchbase.authority')}
        description={t('couchbase.authorityHint')}
        {...field('authorityPath')}
      />
      <TextInput label={t('couchbase.fingerprint')} {...field('fingerprint')} />
      <TextInput
        label={t('couchbase.certificate')}
        description={t('couchbase.certificateHint')}
        {...field('certificatePath')}
      />
      <TextInput label={t('couchbase.key')} {...field('keyPath')} />
      <PasswordInput
        label={t('couchbase.keyPassphrase')}
        autoComplete="off"
        value={passphrase}
        onChange={({ currentTarget: { value } }) => onPassphrase(value)}
      />
    </>
  )
}
