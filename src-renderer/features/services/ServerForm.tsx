import { Button, PasswordInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { t } from '../../i18n/translate.ts'

interface ServerFormProps {
  readonly save: { readonly run: () => Promise<unknown>; readonly busy: boolean }
  readonly children: ReactNode
}

/** What a server offers, and the button that keeps it. */
export function ServerForm({ save, children }: ServerFormProps) {
  return (
    <form
      className="hf-server-form"
      onSubmit={(event) => {
        event.preventDefault()
        void save.run() // tells its failure by itself
      }}
    >
      {children}
      <Button type="submit" loading={save.busy} style={{ justifySelf: 'start' }}>
        {t('common.save')}
      </Button>
    </form>
  )
}

interface KeptPasswordProps {
  readonly label: string
  readonly description?: string
  readonly value: string
  readonly onChange: (password: string) => void
}

/** A password that is kept where nobody can read it: the field is empty, and stays so unless another one is typed. */
export function KeptPassword({ onChange, ...rest }: KeptPasswordProps) {
  return (
    <PasswordInput
      description={t('services.keepsPassword')}
      autoComplete="off"
      {...rest}
      onChange={({ currentTarget: { value } }) => onChange(value)}
    />
  )
}
