import { type Icon, IconEqual, IconMinus, IconPencil, IconPlus, IconTag } from '@tabler/icons-react'
import type { ChangeKind } from '../../../src-shared/model/entry.ts'
import type { WordKey } from '../../i18n/translate.ts'

/** The mark, the word and the colour of a change. */
export const changeLooks: Record<ChangeKind, { readonly icon: Icon; readonly word: WordKey; readonly tone: string }> = {
  added: { icon: IconPlus, word: 'compare.change_added', tone: 'hf-ok' },
  changed: { icon: IconPencil, word: 'compare.change_changed', tone: 'hf-tone-info' },
  removed: { icon: IconMinus, word: 'compare.change_removed', tone: 'hf-bad' },
  metadata: { icon: IconTag, word: 'compare.change_metadata', tone: 'hf-2' },
  identical: { icon: IconEqual, word: 'compare.change_identical', tone: 'hf-3' },
}
