import { memo } from 'react'

/** A small ring for something that runs; a quarter turn while its size is unknown. */
export const ProgressRing = memo(function ProgressRing(props: {
  readonly share: number | undefined
  readonly label: string
}) {
  const percent = (props.share ?? 0.25) * 100
  return (
    <svg className="hf-ring" width={16} height={16} viewBox="0 0 16 16" role="img" aria-label={props.label}>
      <circle cx={8} cy={8} r={4.7} />
      {percent > 0 && <circle cx={8} cy={8} r={4.7} pathLength={100} strokeDasharray={`${percent} 100`} />}
    </svg>
  )
})
