import { expect, test } from 'vitest'
import { type Job, job } from '../../src-shared/model/job.ts'
import { settings } from '../../src-shared/model/settings.ts'
import { notificationOf } from './notify-jobs.ts'
import { outsideWords } from './outside-words.ts'

const id = '00000000-0000-4000-8000-000000000001'
const error = { code: 'disk/full', message: 'The disk is full.' }
function aJob(title: string, status: object): Job {
  const spec = { kind: 'verify', repositoryId: id }
  return job.parse({ id, title, spec, trigger: 'schedule', queuedAt: 0, reason: '', warnings: 0, status })
}

test('the language of the settings counts, else that of the system', () => {
  expect(outsideWords('de', 'en-GB').quit).toBe('Holdfast beenden')
  expect(outsideWords('system', 'de-AT').quit).toBe('Holdfast beenden')
  expect(outsideWords('system', 'fr-FR').quit).toBe('Quit Holdfast')
  expect(outsideWords('en', 'de-DE').quit).toBe('Quit Holdfast')
})

test('a desktop hears of a failure in its language, with the title said anew', () => {
  const failed = aJob('Back up Photos', { state: 'error', endedAt: 1, error })
  const titleIn = (language: 'en' | 'de') => notificationOf(failed, settings.parse({ language }))?.title
  expect([titleIn('en'), titleIn('de')]).toEqual(['Back up Photos: not done', 'Photos sichern: nicht fertig'])
})
