import './crumbs.css'
import { Fragment, type RefObject } from 'react'

export interface CrumbsProps {
  readonly label: string
  /** From the outermost to where one is. */
  readonly crumbs: readonly { readonly path: string; readonly name: string }[]
  readonly onOpen: (path: string) => void
  /** The last of them, for whoever moves the focus there. */
  readonly here?: RefObject<HTMLButtonElement | null>
}

/** The way back up. */
export function Crumbs({ label, crumbs, onOpen, here }: CrumbsProps) {
  return (
    <nav aria-label={label} className="hf-crumbs hf-grow">
      {crumbs.map(({ path, name }, at) => {
        const isHere = at === crumbs.length - 1
        return (
          <Fragment key={path}>
            {at > 0 && (
              <span className="hf-3" aria-hidden>
                /
              </span>
            )}
            <button
              type="button"
              ref={isHere ? here : undefined}
              aria-current={isHere ? 'page' : undefined}
              onClick={() => onOpen(path)}
            >
              {name}
            </button>
          </Fragment>
        )
      })}
    </nav>
  )
}
