import type { repair as english } from '../en/repair.ts'
import type { Translated } from '../translated.ts'

export const repair: Translated<typeof english> = {
  title: '{{name}} reparieren',
  steps: 'Schritte der Reparatur',
  check: 'Jeden Block ansehen',
  checkHelp: 'Liest alles zurück. Was nicht stimmt, wird beiseitegelegt.',
  storeAgain: 'Verlorenes neu speichern',
  storeAgainHelp: 'Die Pläne, die hierher sichern, laufen einmal; was noch auf den Platten ist, wird neu gespeichert.',
  found: '{{blocks}} in {{snapshots}}.',
  noPlan:
    'Kein Plan dieses Computers sichert hierher. Lass eine Sicherung laufen, wo die Dateien liegen, und sieh dann noch einmal nach.',
  checkAgain: 'Noch einmal ansehen',
  checkAgainHelp: 'Sagt, was wieder heil ist und was verloren bleibt.',
  nothing: 'Nichts ist beschädigt.',
  whole: 'Alles ist wieder heil.',
  lost: '{{snapshots}} behalten Schaden: diese Dateien waren nicht mehr auf den Platten.',
  restWhole: 'Alles andere darin lässt sich wiederherstellen.',
  forget: '{{snapshots}} entfernen',
  forgetThese: '{{snapshots}} mit Schaden entfernen?',
  forgetText: 'Sie sind dann endgültig weg, auch was in ihnen heil ist. Jeder andere Snapshot bleibt.',
  repair: 'Reparieren',
  repairText: 'Schritt für Schritt: was beschädigt ist, was sich neu speichern lässt, was verloren bleibt.',
}
