/** Bits of the datatype byte (spec couchbase §2.3). */
export const datatype = { raw: 0, json: 0x01, snappy: 0x02, xattr: 0x04 } as const

/** Everything above is invalid. */
export const MAX_DATATYPE = 0x07
