import { type ComponentType, lazy, Suspense } from 'react'
import { createBrowserRouter, Navigate } from 'react-router'
import { OverviewView } from './features/overview/OverviewView.tsx'
import { RouteFailure } from './shell/RouteFailure.tsx'
import { Shell } from './shell/Shell.tsx'
import { useRestoreDraft } from './state/restore-draft.ts'

/** Each feature is a file of its own in the build; all but the first screen come when they are asked for. */
function screen(load: () => Promise<ComponentType>) {
  const Screen = lazy(async () => ({ default: await load() }))
  return <Screen />
}

const snapshots = screen(async () => (await import('./features/snapshots/SnapshotsView.tsx')).SnapshotsView)
const jobs = screen(async () => (await import('./features/jobs/JobsView.tsx')).JobsView)
const repositories = screen(async () => (await import('./features/repositories/RepositoriesView.tsx')).RepositoriesView)
const plans = screen(async () => (await import('./features/plans/PlansView.tsx')).PlansView)
const restorePanel = screen(async () => (await import('./features/restore/RestorePanel.tsx')).RestorePanel)
const planEditor = screen(async () => (await import('./features/plans/PlanEditorView.tsx')).PlanEditorView)

/** Stands beside any screen while something is being restored. */
function Aside() {
  return useRestoreDraft() && <Suspense>{restorePanel}</Suspense>
}

/** Screens are routes, so that deep links and the back button work. Details are optional parts of their list's route. */
export const router = createBrowserRouter([
  {
    path: '/',
    element: <Shell aside={<Aside />} />,
    errorElement: <RouteFailure />,
    children: [
      {
        errorElement: <RouteFailure />,
        children: [
          { index: true, element: <OverviewView /> },
          { path: 'snapshots/:lineageId?', element: snapshots },
          {
            path: 'compare',
            element: screen(async () => (await import('./features/compare/CompareView.tsx')).CompareView),
          },
          {
            path: 'search',
            element: screen(async () => (await import('./features/search/SearchView.tsx')).SearchView),
          },
          {
            path: 'plans/calendar',
            element: screen(async () => (await import('./features/plans/CalendarView.tsx')).CalendarView),
          },
          {
            path: 'restore',
            element: screen(async () => (await import('./features/restore/GuidedRestore.tsx')).GuidedRestore),
          },
          { path: 'plans/new', element: planEditor },
          { path: 'plans/:id/edit', element: planEditor },
          { path: 'plans/:id?', element: plans },
          { path: 'activity/:jobId?', element: jobs },
          { path: 'repositories/:id?', element: repositories },
          {
            path: 'services/:kind?',
            element: screen(async () => (await import('./features/services/ServicesView.tsx')).ServicesView),
          },
          {
            path: 'settings/:section?',
            element: screen(async () => (await import('./features/settings/SettingsView.tsx')).SettingsView),
          },
          { path: '*', element: <Navigate to="/" replace /> },
        ],
      },
    ],
  },
])
