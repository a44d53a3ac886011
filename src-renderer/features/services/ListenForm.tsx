import { Button, NumberInput, Select } from '@mantine/core'
import { useState } from 'react'
import type { ServerConfig } from '../../../src-shared/model/server.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'

const addresses = [
  { value: '127.0.0.1', label: 'services.onlyHere' },
  { value: '0.0.0.0', label: 'services.allNetworks' },
  { value: '::', label: 'services.allNetworks6' },
] as const

/** Where a server listens. A running one is started again with the new address. */
export function ListenForm({ config }: { readonly config: ServerConfig }) {
  const client = useClient()
  const { listen } = config
  const [host, setHost] = useState(listen.host)
  const [port, setPort] = useState<number | string>(listen.port)
  const save = useCommand(() =>
    client.servers.configure({ config: { ...config, listen: { host, port: Number(port) } } }),
  )
  const choices = addresses.map(({ value, label }) => ({ value, label: t(label) }))
  const isChanged = host !== listen.host || port !== listen.port
  const known = choices.some(({ value }) => value === host)
  return (
    <form
      className="hf-row"
      style={{ alignItems: 'flex-end', gap: 12, flexWrap: 'wrap' }}
      onSubmit={(event) => {
        event.preventDefault()
        void save.run()
      }}
    >
      <Select
        label={t('services.listensOn')}
        w={280}
        allowDeselect={false}
        data={known ? choices : [...choices, { value: host, label: host }]}
        value={host}
        onChange={(value) => value !== null && setHost(value)}
      />
      <NumberInput
        label={t('services.port')}
        w={110}
        min={0}
        max={65_535}
        allowDecimal={false}
        thousandSeparator=""
        value={port}
        onChange={setPort}
      />
      <Button type="submit" loading={save.busy} disabled={!isChanged || port === ''}>
        {t('services.useAddress')}
      </Button>
    </form>
  )
}
