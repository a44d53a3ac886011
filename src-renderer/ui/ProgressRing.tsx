import { RingProgress } from '@mantine/core'

/** A small ring for something that runs; a quarter turn while its size is unknown. */
export function ProgressRing({ share, label }: { readonly share: number | undefined; readonly label: string }) {
  return (
    <RingProgress
      size={16}
      thickness={2.5}
      roundCaps
      rootColor="var(--hf-border-strong)"
      sections={[{ value: (share ?? 0.25) * 100, color: 'var(--hf-data-1)' }]}
      role="img"
      aria-label={label}
    />
  )
}
