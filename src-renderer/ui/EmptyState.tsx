import { EmptyState as Frame } from '@mantine/core'
import type { Icon } from '@tabler/icons-react'
import type { ReactNode } from 'react'

export interface EmptyStateProps {
  readonly icon: Icon
  /** The fact, as a sentence. */
  readonly title: string
  /** What follows from it, and the next step. */
  readonly children?: ReactNode
  /** At most one filled button. */
  readonly actions?: ReactNode
}

/** The face of a list that has nothing to show: the fact and the next step, in the frame of the list. */
export function EmptyState({ icon: Icon, title, children, actions }: EmptyStateProps) {
  return (
    <Frame size="sm" py="xl" px="lg" icon={<Icon size={28} stroke={1.4} aria-hidden />}>
      <Frame.Title>{title}</Frame.Title>
      {children !== undefined && <Frame.Description maw={420}>{children}</Frame.Description>}
      {actions !== undefined && <Frame.Actions>{actions}</Frame.Actions>}
    </Frame>
  )
}
