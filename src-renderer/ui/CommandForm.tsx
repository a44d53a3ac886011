import { Button } from '@mantine/core'
import type { ReactNode } from 'react'

export interface CommandFormProps {
  readonly command: { readonly run: () => Promise<unknown>; readonly busy: boolean }
  /** What the button says. */
  readonly submit: string
  readonly isReady: boolean
  readonly children: ReactNode
}

/** The fields of a dialog, and at its end the one button that does what it is for. */
export function CommandForm({ command, submit, isReady, children }: CommandFormProps) {
  return (
    <form
      style={{ display: 'flex', flexDirection: 'column', gap: 12 }}
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady) void command.run() // tells its failure by itself
      }}
    >
      {children}
      <Button
        type="submit"
        variant="filled"
        loading={command.busy}
        disabled={!isReady}
        style={{ alignSelf: 'flex-end' }}
      >
        {submit}
      </Button>
    </form>
  )
}
