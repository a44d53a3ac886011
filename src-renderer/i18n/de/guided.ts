import type { guided as english } from '../en/guided.ts'
import type { Translated } from '../translated.ts'

export const guided: Translated<typeof english> = {
  title: 'Schritt für Schritt wiederherstellen – Holdfast',
  heading: 'Schritt für Schritt wiederherstellen',
  help: 'Nichts wird geschrieben, bevor du gesehen hast, was geschehen würde.',
  whose: 'Welche Dateien',
  whoseHelp: 'Welche Dateien willst du zurück?',
  sourceIn: '{{snapshots}} in {{repository}}',
  when: 'Von wann',
  whenHelp: 'Wie sie zu welcher Zeit waren?',
  what: 'Was davon',
  whatHelp: 'Hake an, was du zurück willst. Ein Ordner bringt alles mit, was in ihm ist.',
  chosen: '{{items}} gewählt.',
  everything: 'Alles',
  filter: 'Diesen Ordner filtern',
  open: 'Öffnen',
  openFolder: '{{name}} öffnen',
  more: 'und {{n}} weitere: der Filter findet sie',
  check: 'Ansehen und wiederherstellen',
  checkHelp: 'Daneben siehst du, wohin alles käme und was es ersetzen würde. „Wiederherstellen“ beginnt damit.',
  back: 'Zurück',
  next: 'Weiter',
  look: 'Zeigen, was geschehen würde',
  stepByStep: 'Schritt für Schritt wiederherstellen',
}
