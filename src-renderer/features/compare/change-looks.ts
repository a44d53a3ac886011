import { type Icon, IconEqual, IconMinus, IconPencil, IconPlus, IconTag } from '@tabler/icons-react'
import type { ChangeKind } from '../../../src-shared/model/entry.ts'

/** The mark, the word and the colour of a change. */
export const changeLooks: Record<ChangeKind, { readonly icon: Icon; readonly word: string; readonly tone: string }> = {
  added: { icon: IconPlus, word: 'added', tone: 'hf-ok' },
  changed: { icon: IconPencil, word: 'changed', tone: 'hf-tone-info' },
  removed: { icon: IconMinus, word: 'removed', tone: 'hf-bad' },
  metadata: { icon: IconTag, word: 'attributes', tone: 'hf-2' },
  identical: { icon: IconEqual, word: 'identical', tone: 'hf-3' },
}
