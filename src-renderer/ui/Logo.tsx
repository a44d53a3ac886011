/** Two posts and a knot: the mark of Holdfast. Decoration; the name stands beside it. */
export function Logo({ size = 20 }: { readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="var(--hf-accent)"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
    >
      <path d="M5 2.5v15M15 2.5v15M5 10h2.4M12.6 10H15" />
      <circle cx="10" cy="10" r="2.6" />
    </svg>
  )
}
