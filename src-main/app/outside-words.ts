import type { Job } from '../../src-shared/model/job.ts'
import type { Settings } from '../../src-shared/model/settings.ts'

/** What is said outside of the window: beside the clock and on the desktop. The window has texts of its own. */
export interface OutsideWords {
  jobsRunning(n: number): string
  nothingRunning: string
  pausedUntil(time: string): string
  open: string
  restore: string
  pauseFor(hours: number): string
  resume: string
  quit: string
  notDone(title: string): string
  doneWithWarnings(title: string): string
  done(title: string): string
  needALook(n: number): string
  entriesSafe(n: number): string
  couldNotStart: string
  couldNotDo: string
  updateReady(version: string): string
  updateWaits: string
  noKeychain: string
  noKeychainDetail: string
  keepInFile: string
  title(job: Job): string
}

const english: OutsideWords = {
  jobsRunning: (n) => `${n} jobs are running`,
  nothingRunning: 'Nothing is running',
  pausedUntil: (time) => `All plans are paused until ${time}`,
  open: 'Open Holdfast',
  restore: 'Restore files',
  pauseFor: (hours) => `Pause for ${hours} ${hours === 1 ? 'hour' : 'hours'}`,
  resume: 'Resume now',
  quit: 'Quit Holdfast',
  notDone: (title) => `${title}: not done`,
  doneWithWarnings: (title) => `${title}: done with warnings`,
  done: (title) => `${title}: done`,
  needALook: (n) => `${n} ${n === 1 ? 'thing needs' : 'things need'} a look.`,
  entriesSafe: (n) => `${n.toLocaleString('en-GB')} entries safe.`,
  couldNotStart: 'Holdfast could not start',
  couldNotDo: 'That did not work',
  updateReady: (version) => `Holdfast ${version} is ready`,
  updateWaits: 'It is installed when you quit Holdfast.',
  noKeychain: 'This computer has no keychain that is unlocked',
  noKeychainDetail:
    'Holdfast keeps passwords and keys in it. You can unlock or install a keyring and start again, or keep them in a file ' +
    'that only your account can read. Whoever can read your files can then read your keys.',
  keepInFile: 'Keep them in a file',
  title: ({ title }) => title,
}

const german: OutsideWords = {
  jobsRunning: (n) => `${n} Aufträge laufen`,
  nothingRunning: 'Nichts läuft',
  pausedUntil: (time) => `Alle Pläne ruhen bis ${time}`,
  open: 'Holdfast öffnen',
  restore: 'Dateien wiederherstellen',
  pauseFor: (hours) => `${hours} ${hours === 1 ? 'Stunde' : 'Stunden'} ruhen lassen`,
  resume: 'Jetzt fortsetzen',
  quit: 'Holdfast beenden',
  notDone: (title) => `${title}: nicht fertig`,
  doneWithWarnings: (title) => `${title}: fertig, mit Warnungen`,
  done: (title) => `${title}: fertig`,
  needALook: (n) => (n === 1 ? 'Eine Sache solltest du dir ansehen.' : `${n} Dinge solltest du dir ansehen.`),
  entriesSafe: (n) => `${n.toLocaleString('de-DE')} Einträge sind sicher.`,
  couldNotStart: 'Holdfast konnte nicht starten',
  couldNotDo: 'Das hat nicht geklappt',
  updateReady: (version) => `Holdfast ${version} ist bereit`,
  updateWaits: 'Es wird installiert, wenn du Holdfast beendest.',
  noKeychain: 'Dieser Computer hat keinen entsperrten Schlüsselbund',
  noKeychainDetail:
    'Holdfast bewahrt darin Passwörter und Schlüssel auf. Du kannst einen Schlüsselbund entsperren oder installieren und neu ' +
    'starten, oder sie in einer Datei aufbewahren, die nur dein Konto lesen darf. Wer deine Dateien lesen kann, kann dann ' +
    'auch deine Schlüssel lesen.',
  keepInFile: 'In einer Datei aufbewahren',
  title: germanTitle,
}

/** In the language of the settings, else in that of the system. */
export function outsideWords(setting: Settings['language'], system = systemLanguage()): OutsideWords {
  const language = setting === 'system' ? system : setting
  return language.toLowerCase().startsWith('de') ? german : english
}

function systemLanguage(): string {
  return Intl.DateTimeFormat().resolvedOptions().locale
}

/** Titles are stored in English (jobs/job-title.ts); those of the jobs a desktop hears of are said anew. */
const germanTitles: readonly (readonly [start: string, germanOf: (name: string) => string])[] = [
  ['Back up ', (name) => `${name} sichern`],
  ['Restore from ', (name) => `Aus ${name} wiederherstellen`],
  ['Verify ', (name) => `${name} prüfen`],
  ['Test the restore of ', (name) => `Wiederherstellung von ${name} testen`],
  ['Prune ', (name) => `${name} ausdünnen`],
  ['Free space in ', (name) => `Platz in ${name} frei machen`],
]

function germanTitle({ title }: Job): string {
  const [start, germanOf] = germanTitles.find(([each]) => title.startsWith(each)) ?? ['', (name: string) => name]
  return germanOf(title.slice(start.length))
}
