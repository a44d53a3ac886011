import type { ReactNode } from 'react'

/**
 * Puts a button beside the input of a field (`inputContainer`): level with the input itself, wherever the label and the
 * description above or an error below end.
 */
export function buttonBeside(button: ReactNode): (input: ReactNode) => ReactNode {
  return (input) => (
    <div className="hf-row">
      <div className="hf-grow">{input}</div>
      {button}
    </div>
  )
}
