/** A text of somebody else's, no longer than there is room for. */
export function cutText(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`
}
