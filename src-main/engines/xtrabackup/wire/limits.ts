/** Names and limits of the protocol (spec xtrabackup-agent §3.2, §6); where the original has none, they are ours. */
export const protocolName = 'xtrabackup-agent'
export const protocolVersion = '0.76.1'
/** What the published client of the original sends; old agents of minor 75 know nothing newer. */
export const olderVersion = '0.75.1'

export const plainPort = 25300
export const tlsPort = 25301

export const lineBytesLimit = 16 * 1024
export const pairsLimit = 1000
export const headerBytesLimit = 256 * 1024

export const defaultBlockBytes = 10_240
/** Below 2072 the client of the original takes a full uuencoded block for an error (§6). */
export const smallestBlockBytes = 4096
export const largestBlockBytes = 16 * 1024 * 1024
