/** The exclude pattern of one path below the root of a source; characters that mean something in a pattern are escaped. */
export function anchoredExclude(relativePath: string): string {
  return `/${relativePath.replace(/[\\*?[\]]/g, '\\$&')}`
}
