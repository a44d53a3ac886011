const open: AsyncDisposable[] = []

/** What a test opens is closed behind it, also when it fails. */
export function kept<Thing extends AsyncDisposable>(thing: Thing): Thing {
  open.push(thing)
  return thing
}

/** For `afterEach`: what was opened last is closed first. */
export async function closeKept(): Promise<void> {
  for (const thing of open.splice(0).reverse()) await thing[Symbol.asyncDispose]()
}
