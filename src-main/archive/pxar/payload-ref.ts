/** Where the content of a file is in the payload stream of a split archive (spec pbs §7.5). */
export interface PayloadRef {
  /** Position of the PAYLOAD header in the payload stream; the first possible one is 16. */
  readonly offset: bigint
  /** Length of the content, without that header. */
  readonly sizeBytes: bigint
}
