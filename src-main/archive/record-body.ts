/** Where the body of a record is, which pxar calls an item: `at` in the bytes, `offset` in the archive. */
export interface RecordBody {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly at: number
  readonly offset: number
  readonly length: number
}
