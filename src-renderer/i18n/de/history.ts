import type { history as english } from '../en/history.ts'
import type { Translated } from '../translated.ts'

export const history: Translated<typeof english> = {
  removeFromAll: 'Aus allen Snapshots entfernen …',
  title: '„{{name}}“ aus allen Snapshots entfernen',
  whatHappens:
    'Jeder Snapshot von „{{source}}“, der es enthält, wird ohne es neu geschrieben, als wäre es nie gesichert worden. Alles andere darin bleibt, wie es ist. Das lässt sich nicht zurücknehmen.',
  snapshots: 'Snapshots damit',
  versions: 'Versionen davon',
  bytes: 'Größe aller Versionen',
  bytesNote: 'vor der Deduplizierung',
  protectedOnes: 'Geschützt',
  protectedStay: 'behalten es',
  protectedGo: 'verlieren es auch',
  unread_one: 'Ein Snapshot ist noch nicht im Katalog. Er wird durchgesehen und geändert, wenn er es enthält.',
  unread_other:
    '{{count, number}} Snapshots sind noch nicht im Katalog. Sie werden durchgesehen und geändert, wenn sie es enthalten.',
  includeProtected: 'Auch aus geschützten Snapshots entfernen',
  exclude: 'Ab jetzt in „{{plan}}“ auslassen',
  excludeHelp: 'Sonst bringt die nächste Sicherung es zurück.',
  excludeAllHelp:
    'Sonst bringt die nächste Sicherung es zurück. Der Plan hat mehrere Ordner: Was in den anderen an derselben Stelle liegt, wird auch ausgelassen.',
  spaceLater:
    'Den Platz gibt frühestens einen Tag später eine Speicherbereinigung zurück. Kopien in anderen Repositorys und Snapshots anderer Quellen bleiben.',
  typeName: 'Gib zur Bestätigung den Namen ein: {{name}}',
  confirm_one: 'Aus 1 Snapshot entfernen',
  confirm_other: 'Aus {{count, number}} Snapshots entfernen',
  confirmAll: 'Aus allen Snapshots entfernen',
  cannot:
    'In diesem Repository bleibt ein Snapshot, wie er geschrieben wurde: Ein Proxmox Backup Server nimmt keinen an, der älter ist als sein neuester, und ein Speicher auf einem anderen Computer wird nur gelesen.',
  cannotNext:
    'Entferne die Snapshots, die es enthalten, jeden als Ganzes. Oder kopiere die Snapshots in ein Repository auf diesem Computer und entferne es dort.',
  notThere: 'Kein Snapshot dieser Quelle enthält es noch.',
  safe: 'Jeder Snapshot ist, wie er war, oder vollständig ohne das, was gehen sollte. Starte den Auftrag wieder für den Rest.',
  removed: 'Was gehen sollte',
  seen: 'Snapshots',
  changed: 'Geändert',
  wouldChange: 'Würden geändert',
  without: 'Ohne es',
  skipped: 'Ausgelassen',
  listed: 'Snapshots, die es enthielten',
  outcome_changed: 'Jetzt ohne es',
  outcome_protected: 'Geschützt, wie er war',
  'outcome_in-use': 'In Benutzung, wie er war',
  outcome_failed: 'Fehlgeschlagen, wie er war',
  outcome_would: 'Würde geändert',
  carried: 'trug nur noch seine Bytes mit',
  entries_one: '1 Eintrag, {{bytes}}',
  entries_other: '{{count, number}} Einträge, {{bytes}}',
  freeAt: 'Was nur dafür nötig war, gibt eine Speicherbereinigung nach {{when}} zurück.',
}
