/** A line that holds nothing but tags. Tags have no spaces and no `#` of their own. */
const tagLine = /^#[^\s#]+(?: #[^\s#]+)*$/
/** What a notes field takes by hand or by program stays small. */
const mostTags = 20
const longestTag = 50

/**
 * Tags lie in the notes of a snapshot as a last line, `#taxes #before-move`: the format has no field of its own for them,
 * so they travel with the repository, and other programs show them as notes.
 */
export function tagsOf(notes: string): readonly string[] {
  const last = notes.trimEnd().split('\n').at(-1) ?? ''
  return tagLine.test(last) ? last.split(' ').map((tag) => tag.slice(1)) : []
}

/** The notes as a person wrote them. */
export function withoutTags(notes: string): string {
  if (tagsOf(notes).length === 0) return notes
  return notes.trimEnd().split('\n').slice(0, -1).join('\n').trimEnd()
}

/** The notes with these tags instead of those they had. Spaces become dashes; the same tag twice is one. */
export function withTags(text: string, tags: readonly string[]): string {
  const clean = [...new Set(tags.map(cleanTag).filter((tag) => tag !== ''))].slice(0, mostTags)
  const body = withoutTags(text).trimEnd()
  if (clean.length === 0) return body
  const line = clean.map((tag) => `#${tag}`).join(' ')
  return body === '' ? line : `${body}\n${line}`
}

/** How a tag is kept. */
export function cleanTag(tag: string): string {
  return tag.replaceAll('#', '').trim().replaceAll(/\s+/g, '-').slice(0, longestTag)
}
