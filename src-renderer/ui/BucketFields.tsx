import { PasswordInput, TextInput } from '@mantine/core'
import { t } from '../i18n/translate.ts'
import type { BucketFields as Fields } from './bucket-address.ts'

interface BucketFieldsProps {
  readonly fields: Fields
  readonly onChange: (fields: Fields) => void
  readonly secret: string
  readonly onSecret: (secret: string) => void
}

/** Where a bucket is, and the keys to it. */
export function BucketFields({ fields, onChange, secret, onSecret }: BucketFieldsProps) {
  const field = (name: keyof Fields) => ({
    value: fields[name],
    classNames: { input: 'hf-mono' },
    style: { flex: 1, minWidth: 0 },
    autoComplete: 'off',
    spellCheck: false,
    onChange: ({ currentTarget: { value } }: { readonly currentTarget: { readonly value: string } }) =>
      onChange({ ...fields, [name]: value }),
  })
  return (
    <>
      <div className="hf-row">
        <TextInput
          label={t('ui.endpoint')}
          description={t('ui.endpointHelp')}
          placeholder="https://minio.lan:9000"
          {...field('endpoint')}
        />
        <TextInput
          label={t('ui.region')}
          description={t('ui.regionHelp')}
          placeholder="us-east-1"
          {...field('region')}
        />
      </div>
      <div className="hf-row">
        <TextInput label={t('ui.bucket')} description={t('ui.bucketHelp')} {...field('bucket')} />
        <TextInput
          label={t('ui.bucketFolder')}
          description={t('ui.bucketFolderHelp')}
          placeholder="holdfast"
          {...field('folder')}
        />
      </div>
      <div className="hf-row">
        <TextInput label={t('ui.accessKey')} {...field('accessKey')} />
        <SecretKey value={secret} onChange={onSecret} />
      </div>
    </>
  )
}

interface SecretKeyProps {
  readonly value: string
  readonly onChange: (secret: string) => void
}

export function SecretKey({ value, onChange }: SecretKeyProps) {
  return (
    <PasswordInput
      label={t('ui.secretKey')}
      style={{ flex: 1, minWidth: 0 }}
      autoComplete="off"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
