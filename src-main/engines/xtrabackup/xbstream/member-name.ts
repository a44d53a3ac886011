/** How the bytes of a member were packed by the backup tool itself (`--compress`, `--encrypt`); told by its name. */
export type MemberPacking = 'qpress' | 'lz4' | 'zstd' | 'encrypted'

const endings: Readonly<Record<string, MemberPacking>> = {
  qp: 'qpress',
  lz4: 'lz4',
  zst: 'zstd',
  xbcrypt: 'encrypted',
}

/** `shop/orders.ibd.zst.xbcrypt` is zstd, then encrypted. Such members are stored as they are. */
export function memberPackings(path: string): readonly MemberPacking[] {
  const found: MemberPacking[] = []
  for (let rest = path; ; ) {
    const dot = rest.lastIndexOf('.')
    const packing = endings[rest.slice(dot + 1)]
    if (dot < 0 || packing === undefined) return found.toReversed()
    found.push(packing)
    rest = rest.slice(0, dot)
  }
}
