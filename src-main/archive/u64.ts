/** Little-endian, from a number that is exact, without a bigint in between. */
export function writeU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true)
  view.setUint32(at + 4, value / 2 ** 32, true)
}
