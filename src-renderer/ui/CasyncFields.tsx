import { Textarea, TextInput } from '@mantine/core'
import { t } from '../i18n/translate.ts'
import { type CasyncExtras, isDistantStore } from './casync-extras.ts'

interface CasyncFieldsProps {
  readonly address: string
  readonly extras: CasyncExtras
  readonly onChange: (extras: CasyncExtras) => void
}

/** Where else chunks may come from, and where those of a distant store are kept. */
export function CasyncFields({ address, extras, onChange }: CasyncFieldsProps) {
  return (
    <>
      <Textarea
        label={t('ui.extraStores')}
        description={t('ui.extraStoresHelp')}
        placeholder="/mnt/backup/older.castr"
        classNames={{ input: 'hf-mono' }}
        autosize
        minRows={1}
        maxRows={4}
        value={extras.stores}
        onChange={(event) => onChange({ ...extras, stores: event.currentTarget.value })}
      />
      {isDistantStore(address) && (
        <TextInput
          label={t('ui.chunkCache')}
          description={t('ui.chunkCacheHelp')}
          placeholder="/var/cache/holdfast"
          classNames={{ input: 'hf-mono' }}
          value={extras.cacheFolder}
          onChange={(event) => onChange({ ...extras, cacheFolder: event.currentTarget.value })}
        />
      )}
    </>
  )
}
