/**
 * The folder that somebody typed, as a shell would understand it: from the folder that is shown, `~` is the home folder,
 * `..` goes up. What begins with a drive is left to the system.
 */
export function typedFolder(typed: string, shown: string, home: string): string {
  const text = typed.trim()
  if (/^[A-Za-z]:[\\/]/.test(text)) return text
  const whole = /^~(?=\/|$)/.test(text) ? home + text.slice(1) : text.startsWith('/') ? text : `${shown}/${text}`
  const parts: string[] = []
  for (const part of whole.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}
