import type { KeyboardEvent } from 'react'

const boxes = '.hf-plan-tree-row input[type="checkbox"]'

/** Arrows in the tree of chosen folders: up and down from box to box, right and left open and close. Space is the box's own. */
export function onTreeKey(event: KeyboardEvent<HTMLElement>): void {
  const box = event.target
  if (!(box instanceof HTMLInputElement) || !box.matches(boxes)) return
  const all = [...event.currentTarget.querySelectorAll<HTMLInputElement>(boxes)]
  const at = all.indexOf(box)
  switch (event.key) {
    case 'ArrowDown':
      all[at + 1]?.focus()
      break
    case 'ArrowUp':
      all[at - 1]?.focus()
      break
    case 'Home':
      all[0]?.focus()
      break
    case 'End':
      all.at(-1)?.focus()
      break
    case 'ArrowRight':
    case 'ArrowLeft':
      toggleOf(box, event.key === 'ArrowLeft')?.click()
      break
    default:
      return
  }
  event.preventDefault()
}

/** The button that opens the row, or closes it; undefined when it is that way already, or nothing is in it. */
function toggleOf(box: HTMLInputElement, isOpen: boolean): HTMLButtonElement | null | undefined {
  return box.closest('.hf-plan-tree-row')?.querySelector<HTMLButtonElement>(`button[aria-expanded="${isOpen}"]`)
}
