/**
 * The chunk of an xbstream (spec xtrabackup-agent §14.1, §14.2). Integers are little-endian.
 *
 *     58425354434b3031 00 45 09000000 656d7074792e62696e     XBSTCK01, no flags, 'E', 9 bytes of path: empty.bin
 */
export const chunkMagic = Buffer.from('XBSTCK01', 'latin1')
/** Magic, flags, type and the length of the path. */
export const fixedBytes = 14
/** Length, offset and CRC of a payload. */
export const payloadHeadBytes = 20
/** Count, length, offset and CRC of a sparse payload, before its map. */
export const sparseHeadBytes = 24

export const chunkTypes = { payload: 0x50, end: 0x45, seekOrSparse: 0x53, rename: 0x52, remove: 0x44 } as const

/** A chunk of unknown type with this flag may be skipped. */
export const ignorableFlag = 0x01
/** On a payload: the file exists already and is written anew. */
export const replaceFlag = 0x02

/** The tools refuse 512 bytes and more. */
export const pathBytesLimit = 511
/** The tools write 10 MiB at most as a rule, but pass larger buffers through; more than this is refused. */
export const payloadBytesLimit = 1n << 30n
/** A seek or a hole beyond this is refused: no file system holds such a file. */
export const memberBytesLimit = 1n << 50n
/** Rows of a sparse map: one for each two pages of 4 KiB in the largest payload that is taken. */
export const sparseRowsLimit = 1 << 17
/** Members of one stream, tables and all; their names are kept in memory. */
export const membersLimit = 2_000_000
/** Members that are written at the same time: each costs a file descriptor. Tools open one a thread. */
export const openMembersLimit = 1024

/** What the tools gather before they write a payload. */
export const writerPayloadBytes = 10 * 1024 * 1024
