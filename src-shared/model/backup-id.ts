/**
 * What the backup group of a plan is called: computer and plan in letters that every repository accepts (spec pbs §1.2).
 * Plans of one computer must not share a group, or each would take the snapshots of the other for its own past.
 */
export function backupIdOf(computer: string, name: string): string {
  const plain = (text: string) =>
    text
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[-.]+|[-.]+$/g, '')
  return (
    [plain(computer), plain(name)]
      .filter((part) => part !== '')
      .join('-')
      .slice(0, 128) || 'backup'
  )
}
