/** Names and settings of the two protocols inside HTTP/2 (spec pbs §1.5). */

export const BACKUP_PROTOCOL = 'proxmox-backup-protocol-v1'
export const READER_PROTOCOL = 'proxmox-backup-reader-protocol-v1'

/** Receive window of the server, for a stream and for the connection. */
export const SERVER_WINDOW_BYTES = 32 << 20
export const MAX_FRAME_BYTES = 4 << 20
