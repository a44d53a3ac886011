/** What goes with a casync store, as it is typed. */
export interface CasyncExtras {
  /** One a line. */
  readonly stores: string
  readonly cacheFolder: string
}

export const noExtras: CasyncExtras = { stores: '', cacheFolder: '' }

/** Whether an address is that of a casync store to which something can be added. */
export function takesExtras(address: string): boolean {
  return /\.castr\/*$/.test(address)
}

/** Chunks of stores behind a network are worth keeping. */
export function isDistantStore(address: string): boolean {
  return /^(?:https?|casync\+ssh):\/\//.test(address)
}

/** The address with the extras behind it, as docs/engines/casync.md has it; as it is where there is nothing to add. */
export function withExtras(address: string, { stores, cacheFolder }: CasyncExtras): string {
  if (!takesExtras(address)) return address
  const lines = stores.split('\n').map((line) => line.trim())
  const words = new URLSearchParams(lines.filter(Boolean).map((line) => ['extra-store', line]))
  if (cacheFolder.trim() !== '') words.set('chunk-cache', cacheFolder.trim())
  // A person reads it: what a query may hold as it is stays as it is.
  const query = words.toString().replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%40', '@')
  return words.size === 0 ? address : `${address.replace(/\/+$/, '')}?${query}`
}
