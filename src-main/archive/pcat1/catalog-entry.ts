/** First bytes of a catalog (spec pbs §7.9): of the SHA-256 of `Proxmox Backup Catalog file v1.0`. */
export const catalogMagic: Uint8Array = Uint8Array.of(0x91, 0xfd, 0x60, 0xf9, 0xc4, 0x67, 0x58, 0xd5)

/** Names are shorter than this. */
export const maxNameBytes = 4096

/** The type byte of each kind. */
export const typeBytes = {
  directory: 0x64,
  file: 0x66,
  symlink: 0x6c,
  hardlink: 0x68,
  'block-device': 0x62,
  'char-device': 0x63,
  fifo: 0x70,
  socket: 0x73,
} as const

export type CatalogKind = keyof typeof typeBytes

/** A row of a directory block. */
export type CatalogEntry =
  /** `block`: where the block of the directory is in the catalog. */
  | { readonly kind: 'directory'; readonly name: Uint8Array; readonly block: bigint }
  | { readonly kind: 'file'; readonly name: Uint8Array; readonly sizeBytes: bigint; readonly mtimeSeconds: bigint }
  | { readonly kind: Exclude<CatalogKind, 'directory' | 'file'>; readonly name: Uint8Array }
