/** Hands a text to whoever sits there, as a file: where the browser puts downloads, or where the desktop asks. */
export function saveText(name: string, text: string, type = 'text/plain'): void {
  const address = URL.createObjectURL(new Blob([text], { type }))
  saveFrom(address, name)
  URL.revokeObjectURL(address)
}

/** The same for what is fetched from an address of the host, which names the file itself where `name` is left out. */
export function saveFrom(address: string, name = ''): void {
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
}
