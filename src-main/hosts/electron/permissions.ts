/** What the page may ask the system for, with the reason. All else is denied (style S11). */
const allowed: ReadonlySet<string> = new Set([
  'clipboard-sanitized-write', // "copy as command" and "copy path"
])

export function mayUse(permission: string): boolean {
  return allowed.has(permission)
}
