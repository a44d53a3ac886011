/**
 * Text as searches compare it: lower case, in one Unicode form, without accents, so that "elan" finds "Élan". Only marks of
 * Latin, Greek and Cyrillic letters go (U+0300 to U+036F): those of other scripts make other letters.
 */
export function foldText(text: string): string {
  // Most names are plain, and this stands in the way of a million of them.
  if (/^[\x20-\x7e]*$/.test(text)) return text.toLowerCase()
  return oneSpelling(text)
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
}

/** Lower case and in one Unicode form, with its accents. */
export function oneSpelling(text: string): string {
  return text.toWellFormed().normalize('NFC').toLowerCase()
}
