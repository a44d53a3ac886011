import { expect, test } from 'vitest'
import { judgeChange, type ObservedChange } from './judge-change.ts'

const quiet: ObservedChange = {
  filesBefore: 10_000,
  added: 10,
  changed: 60,
  removed: 5,
  usualShares: [0.01, 0.005, 0.02],
  newBytes: 10_000_000,
  storedBytes: 4_000_000,
  isCompressed: true,
  ending: { text: '.txt', files: 40, before: 3000 },
}

test.each<[string, Partial<ObservedChange>, RegExp | undefined]>([
  ['an ordinary day', {}, undefined],
  ['most files rewritten at once', { changed: 6000 }, /60 % of the files/],
  ['most files removed at once', { removed: 9000 }, /91 % of the files/],
  ['a plan whose files always change', { changed: 6000, usualShares: [0.6, 0.6, 0.55] }, undefined],
  ['many files that no longer compress', { changed: 1500, storedBytes: 9_990_000 }, /cannot be compressed/],
  ['new photos, nothing else touched', { changed: 0, added: 900, storedBytes: 9_990_000 }, undefined],
  ['contents stored as they are', { changed: 1500, storedBytes: 10_000_000, isCompressed: false }, undefined],
  [
    'a new ending on everything',
    { added: 800, removed: 800, ending: { text: '.locked', files: 790, before: 0 } },
    /790 files now end in \.locked/,
  ],
  ['a new program', { added: 800, removed: 55, ending: { text: '.pyc', files: 790, before: 0 } }, undefined],
  ['a small folder', { filesBefore: 40, changed: 40, removed: 0 }, undefined],
])('%s', (_what, change, sentence) => {
  const sentences = judgeChange({ ...quiet, ...change })
  if (sentence === undefined) expect(sentences).toEqual([])
  else expect(sentences.join(' ')).toMatch(sentence)
})
