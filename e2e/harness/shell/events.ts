/** What the stand-in tells the test that started it: a line of JSON each. */
export type ShellEvent =
  | { readonly event: 'opening' }
  | { readonly event: 'window'; readonly address: string }
  | { readonly event: 'tray'; readonly toolTip: string; readonly items: readonly string[] }
  | { readonly event: 'notification'; readonly title: string; readonly body: string }
  | { readonly event: 'error'; readonly title: string; readonly text: string }
  | { readonly event: 'opened'; readonly path: string }
  | { readonly event: 'closed' }

/** What the test asks of it, as a person would. */
export type ShellWish =
  | { readonly wish: 'click'; readonly item: string }
  | { readonly wish: 'close' }
  | { readonly wish: 'link'; readonly link: string }

const mark = 'shell: '

export function tell(event: ShellEvent): void {
  console.log(mark + JSON.stringify(event))
}

export function parseEvent(line: string): ShellEvent | undefined {
  return line.startsWith(mark) ? (JSON.parse(line.slice(mark.length)) as ShellEvent) : undefined // written by `tell`
}
