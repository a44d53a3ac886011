import { useEffect } from 'react'

const lookEveryMs = 2000

/** What other machines do shows by itself: an invite becomes a login, a runner comes, a job ends. */
export function useLookingAgain(reload: () => void): void {
  useEffect(() => {
    const timer = setInterval(reload, lookEveryMs)
    return () => clearInterval(timer)
  }, [reload])
}
