/** The commands as the 8.0 releases speak them, and as they are spoken since (spec couchbase §1). */
export type Dialect = 's8' | 's9'
