/** Texts of what takes the space and what would free it. */
export const space = {
  whatTakes: 'What takes the space',
  measure: 'Measure now',
  measureAgain: 'Measure again',
  measureHelp: 'Reads every index of the repository, which takes some seconds for a terabyte.',
  stored: '{{stored}} are stored for {{logical}} of backups.',
  shared: 'Shared by several',
  sharedHelp: '{{bytes}} belong to several of them: removing one frees none of it.',
  treemap: 'Bytes that only one source has, by source',
  wouldFree: 'Garbage collection would free {{bytes}} then.',
  freeing: 'Counting what that would free…',
  suggestion: '{{name}} alone has {{bytes}}, {{percent}} of all. Fewer of its snapshots would free the most.',
} as const
