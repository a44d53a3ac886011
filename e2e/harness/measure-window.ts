import { loadavg } from 'node:os'
import type { CDPSession, Page } from '@playwright/test'
import { App } from '../models/app.ts'
import { Explorer } from '../models/explorer.ts'
import { startHoldfast } from './holdfast.ts'
import { openWindowHost, type WindowHost } from './window-host.ts'

/**
 * Run by `bench/window.ts`: measures the window of the Holdfast in a folder that was filled for it, and prints each
 * figure beside its bar.
 *
 *     measure-window.ts <folder>
 */
const [folder = ''] = process.argv.slice(2)
const starts = 3
const boxes = 9
const largeOpenings = 3
const turnsOfTheWheel = 400
const watchedSeconds = 20

interface Bar {
  readonly is: 'at most' | 'at least'
  readonly value: number
}
const atMost = (value: number): Bar => ({ is: 'at most', value })
const atLeast = (value: number): Bar => ({ is: 'at least', value })

console.log(`Load ${loadavg()[0]?.toFixed(1)}\n\n| what | value | bar | met |\n|---|--:|--:|---|`)
await coldStarts()
await largeFoldersOpen()
await withWindow(async (host) => {
  await foldersOpen(host)
  await withPage(host, largeFolderScrolls)
  await withPage(host, progressShows)
})
console.log(`\nLoad ${loadavg()[0]?.toFixed(1)}`)

function print(what: string, value: number, unit: string, bar?: Bar): void {
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0
  // A clock of frames is never exact: compared is what is printed.
  const shown = Number(value.toFixed(digits))
  const isMet = bar?.is === 'at most' ? shown <= bar.value : shown >= (bar?.value ?? 0)
  const barWords = bar ? `${bar.is} ${bar.value} ${unit}` : '–'
  console.log(`| ${what} | ${shown.toFixed(digits)} ${unit} | ${barWords} | ${bar ? (isMet ? 'yes' : 'no') : ''} |`)
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

async function withWindow(use: (host: WindowHost) => Promise<void>): Promise<void> {
  const holdfast = await startHoldfast(folder)
  try {
    const host = await openWindowHost(holdfast)
    try {
      await use(host)
    } finally {
      await host.close()
    }
  } finally {
    await holdfast.close()
  }
}

/** A window that is closed afterwards, but for the one that Electron has. */
async function withPage<T>(host: WindowHost, use: (page: Page) => Promise<T>): Promise<T> {
  const page = await host.open()
  const result = await use(page)
  if (page.context().pages().length > 1) await page.close()
  return result
}

/** From nothing running until the overview can be read: the program, then the browser, then the page. */
async function coldStarts(): Promise<void> {
  const whole: number[] = []
  const program: number[] = []
  for (let at = 0; at < starts; at++) {
    const from = performance.now()
    const holdfast = await startHoldfast(folder)
    program.push(performance.now() - from)
    try {
      const host = await openWindowHost(holdfast)
      const window = await host.open()
      await window.getByRole('main').getByRole('heading', { level: 1 }).waitFor()
      whole.push(performance.now() - from)
      await host.close()
    } finally {
      await holdfast.close()
    }
  }
  print(`cold start to the overview, median of ${starts}`, quantile(whole, 0.5) / 1000, 's', atMost(2))
  print('of that, until the program answers', quantile(program, 0.5) / 1000, 's')
}

/** Each folder for the first time in its window: nothing of it is there but the catalog. */
async function foldersOpen(host: WindowHost): Promise<void> {
  const small: number[] = []
  await withPage(host, async (window) => {
    await openArchive(window)
    for (let at = 0; at < boxes; at++) {
      small.push(await openFolder(window, `box-0000${at}`, `letter-${at * 100}.txt`))
      await new Explorer(window).table.press('Backspace')
    }
  })
  print(`open a folder of 100 files, median of ${boxes}`, quantile(small, 0.5), 'ms', atMost(100))
}

/** Each time in a program of its own: one that ran before remembers the order of so large a folder. */
async function largeFoldersOpen(): Promise<void> {
  const large: number[] = []
  for (let at = 0; at < largeOpenings; at++) {
    await withWindow((host) =>
      withPage(host, async (window) => {
        await openArchive(window)
        large.push(await openFolder(window, 'Scans', 'scan-000000.tif'))
      }),
    )
  }
  print(`open a folder of 100,000 files, median of ${largeOpenings} starts`, quantile(large, 0.5), 'ms', atMost(100))
}

async function openArchive(window: Page): Promise<void> {
  await new App(window).goTo('Snapshots')
  const menu = window.getByRole('button', { name: /archive|diary|Letters/ }).first()
  await menu.click()
  await window.getByRole('menuitem', { name: /archive/ }).click()
  await new Explorer(window).row('Scans').waitFor()
}

/** Milliseconds from the double click, as the browser dates it, until the frame that shows the first file. */
async function openFolder(window: Page, name: string, firstFile: string): Promise<number> {
  const opened = window.evaluate((title) => {
    return new Promise<number>((resolve) => {
      let from: number | undefined
      document.addEventListener('dblclick', ({ timeStamp }) => (from = timeStamp), { once: true, capture: true })
      const observer = new MutationObserver(() => {
        const start = from
        if (start === undefined || document.querySelector(`[role="grid"] [title="${title}"]`) === null) return
        observer.disconnect()
        // The task after the next frame's callbacks runs when that frame is drawn.
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)))
      })
      observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })
    })
  }, firstFile)
  await new Explorer(window).openFolder(name)
  return opened
}

/** The wheel is turned without a pause; the time between frames is the page's own. */
async function largeFolderScrolls(window: Page): Promise<void> {
  await openArchive(window)
  await openFolder(window, 'Scans', 'scan-000000.tif')
  await new Explorer(window).table.hover()
  await window.evaluate(() => {
    const frames: number[] = []
    const next = (time: number) => {
      frames.push(time)
      requestAnimationFrame(next)
    }
    requestAnimationFrame(next)
    Object.assign(globalThis, { frames })
  })
  for (let at = 0; at < turnsOfTheWheel; at++) await window.mouse.wheel(0, 240)
  const { frames, rows } = await window.evaluate(() => {
    const grid = document.querySelector('[role="grid"]')
    const own = globalThis as typeof globalThis & { frames: number[] } // put there above
    return { frames: own.frames.slice(), rows: (grid?.scrollTop ?? 0) / 32 }
  })
  const between = frames.slice(1).map((time, at) => time - (frames[at] ?? time))
  const seconds = ((frames.at(-1) ?? 0) - (frames[0] ?? 0)) / 1000
  print(
    `scroll the folder of 100,000, past ${Math.round(rows)} rows`,
    between.length / seconds,
    'frames/s',
    atLeast(60),
  )
  print('between two frames, median', quantile(between, 0.5), 'ms', atMost(16.7))
  print('between two frames, 95 %', quantile(between, 0.95), 'ms')
}

/** A backup of a large hole, as its own page shows it. */
async function progressShows(window: Page): Promise<void> {
  await new App(window).goTo('Plans')
  await window.getByRole('region', { name: 'Plans' }).getByRole('link', { name: /Disk/ }).click()
  await window.getByRole('main').getByRole('button', { name: 'Back up now' }).click()
  const job = window.getByRole('region', { name: 'Back up Disk', exact: true })
  await job.getByText('of 400 GiB').waitFor()
  // What has been read, how fast, and how busy each stage is: not the time that passed, which the page counts by itself.
  const counting = job.evaluate((section, milliseconds) => {
    return new Promise<number>((resolve) => {
      const shown = () => {
        const meters = [...section.querySelectorAll('[role="progressbar"]')]
        const read = section.querySelector('.hf-big + span')?.textContent
        return [read, ...meters.map((meter) => meter.getAttribute('aria-valuenow'))].join(' ')
      }
      let updates = 0
      let last = shown()
      const observer = new MutationObserver(() => {
        const now = shown()
        if (now !== last) updates += 1
        last = now
      })
      observer.observe(section, { subtree: true, childList: true, characterData: true, attributes: true })
      setTimeout(() => resolve(updates), milliseconds)
    })
  }, watchedSeconds * 1000)
  const session = await window.context().newCDPSession(window)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const before = await processorTimes(session)
  const updates = await counting
  const after = await processorTimes(session)
  const share = (name: string) => {
    const passed = (after.get('Timestamp') ?? 0) - (before.get('Timestamp') ?? 0)
    return (100 * ((after.get(name) ?? Number.NaN) - (before.get(name) ?? Number.NaN))) / passed
  }
  print('updates of progress during a backup', updates / watchedSeconds, 'a second', atLeast(4))
  print('for which the renderer takes of a core', share('ProcessTime'), '%', atMost(3))
  print('of that, its main thread', share('ThreadTime'), '%')
  print('of that, scripts', share('ScriptDuration'), '%')
  await job.getByRole('button', { name: 'Cancel' }).click()
  await new App(window).confirm('Cancel the job')
  await job.getByText('Cancelled').first().waitFor()
}

async function processorTimes(session: CDPSession): Promise<ReadonlyMap<string, number>> {
  const { metrics } = await session.send('Performance.getMetrics')
  return new Map(metrics.map(({ name, value }) => [name, value]))
}
