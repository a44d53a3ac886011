import type { space as english } from '../en/space.ts'
import type { Translated } from '../translated.ts'

export const space: Translated<typeof english> = {
  whatTakes: 'Was den Platz braucht',
  measure: 'Jetzt messen',
  measureAgain: 'Erneut messen',
  measureHelp: 'Liest jeden Index des Repositorys; bei einem Terabyte dauert das einige Sekunden.',
  stored: '{{stored}} sind gespeichert für {{logical}} an Sicherungen.',
  shared: 'Von mehreren geteilt',
  sharedHelp: '{{bytes}} gehören mehreren: eine davon zu entfernen gibt davon nichts frei.',
  treemap: 'Bytes, die nur eine Quelle hat, nach Quelle',
  wouldFree: 'Die Speicherbereinigung gäbe dann {{bytes}} frei.',
  freeing: 'Zählt, was das freigäbe …',
  suggestion: '{{name}} allein hat {{bytes}}, {{percent}} von allem. Weniger Snapshots davon gäben am meisten frei.',
}
