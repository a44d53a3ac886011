import { useQuery } from '../state/use-query.ts'
import { type Forecast, forecastUsage } from './forecast.ts'

/** The forecast of each repository that knows its usage, by id. A handful of small reads, again when they change. */
export function useForecasts(ids: readonly string[]): ReadonlyMap<string, Forecast> {
  const query = useQuery(
    ['forecasts', ...ids],
    async (client, signal) => {
      const forecasts = new Map<string, Forecast>()
      const repositories = await client.repositories.list(undefined, { signal })
      for (const { repository } of repositories) {
        const history = await client.repositories.usageHistory({ id: repository.id }, { signal })
        const forecast = forecastUsage(history, Date.now())
        if (forecast !== undefined) forecasts.set(repository.id, forecast)
      }
      return forecasts
    },
    { areas: ['repositories'], keep: true, enabled: ids.length > 0 },
  )
  return query.state === 'ready' ? query.value : new Map()
}
