/** Encryption keys: passphrases, the recovery sheet and its proof. */
export const keys = {
  encryptionKey: 'Encryption key',
  notEncrypted: 'Not encrypted',
  withKey: 'With key {{name}}',
  newOne: 'New key…',
  keyForNewHelp: 'What new backups to it are encrypted with, unless their plan has a key of its own.',
  newWithRepository:
    'Optional: asked for when the key file is used elsewhere. The recovery sheet of the key is shown next.',
  suggest: 'Suggest one',
  suggested: 'Write it down: it is not on the recovery sheet.',
  strength: 'Strength of the passphrase',
  strength_weak: 'Weak: guessed within hours',
  strength_fair: 'Fair: holds off a curious person',
  strength_good: 'Good: holds off a rented computer',
  strength_strong: 'Strong: nobody guesses it',
  changePassphrase: 'Change passphrase',
  changePassphraseOf: 'Passphrase of key {{name}}',
  changeHelp:
    'The key stays the same, and so does what was encrypted with it. A sheet that was saved before opens with the passphrase of then; you are asked to save a new one.',
  newPassphrase: 'New passphrase',
  newPassphraseHelp: 'Empty removes the passphrase: then whoever has the sheet has the key.',
  passphraseChanged: 'The passphrase was changed.',
  withoutPassphrase: 'Remove the passphrase',
  sheetFirst: 'First save the recovery sheet of key {{name}}',
  sheetFirstHelp:
    'Print it or save it away from this computer, then read three groups from it. Holdfast goes on after that.',
  qrCode: 'The key file as a QR code',
  drill: 'Read from the sheet',
  drillHelp: 'Type these groups of the key as the paper shows them. That proves that it is there and can be read.',
  group: 'Group {{n}}',
  drillDone: 'The sheet is right',
  proven: 'The sheet can be read. Keep it away from this computer.',
} as const
