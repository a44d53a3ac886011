import type { keys as english } from '../en/keys.ts'
import type { Translated } from '../translated.ts'

export const keys: Translated<typeof english> = {
  encryptionKey: 'Schlüssel',
  notEncrypted: 'Nicht verschlüsselt',
  withKey: 'Mit Schlüssel {{name}}',
  newOne: 'Neuer Schlüssel …',
  keyForNewHelp: 'Womit neue Sicherungen dorthin verschlüsselt werden, wenn ihr Plan keinen eigenen Schlüssel hat.',
  newWithRepository:
    'Freiwillig: wird verlangt, wenn die Schlüsseldatei woanders verwendet wird. Danach kommt das Notfallblatt des Schlüssels.',
  cryptMode: 'Was der Schlüssel tut',
  crypt_encrypt: 'Verschlüsselt',
  'crypt_sign-only': 'Signiert nur',
  signedOnly:
    'Signiert, nicht verschlüsselt: wer das Repository lesen kann, kann die Dateien lesen; eine Änderung fällt auf.',
  suggest: 'Eines vorschlagen',
  suggested: 'Schreib es auf: auf dem Notfallblatt steht es nicht.',
  strength: 'Stärke des Kennworts',
  strength_weak: 'Schwach: in Stunden erraten',
  strength_fair: 'Mäßig: hält Neugierige ab',
  strength_good: 'Gut: hält gemietete Rechner ab',
  strength_strong: 'Stark: das errät niemand',
  changePassphrase: 'Kennwort ändern',
  changePassphraseOf: 'Kennwort des Schlüssels {{name}}',
  changeHelp:
    'Der Schlüssel bleibt derselbe, und was mit ihm verschlüsselt wurde, auch. Ein früher gespeichertes Blatt öffnet sich mit dem Kennwort von damals; du wirst gebeten, ein neues zu speichern.',
  newPassphrase: 'Neues Kennwort',
  newPassphraseHelp: 'Leer nimmt das Kennwort weg: wer das Blatt hat, hat dann den Schlüssel.',
  passphraseChanged: 'Das Kennwort wurde geändert.',
  withoutPassphrase: 'Kennwort wegnehmen',
  sheetFirst: 'Zuerst das Notfallblatt des Schlüssels {{name}} speichern',
  sheetFirstHelp:
    'Druck es oder speichere es außerhalb dieses Computers, und lies dann drei Gruppen davon ab. Danach geht es weiter.',
  qrCode: 'Die Schlüsseldatei als QR-Code',
  drill: 'Vom Blatt ablesen',
  drillHelp:
    'Tipp diese Gruppen des Schlüssels so ab, wie sie auf dem Papier stehen. Das zeigt, dass es da ist und sich lesen lässt.',
  group: 'Gruppe {{n}}',
  drillDone: 'Das Blatt stimmt',
  proven: 'Das Blatt lässt sich lesen. Bewahre es nicht bei diesem Computer auf.',
}
