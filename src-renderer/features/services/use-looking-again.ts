import { useEffect } from 'react'

const usuallyMs = 2000

/** What other machines do shows by itself: an invite becomes a login, a runner comes, a job ends. */
export function useLookingAgain(reload: () => void, everyMs = usuallyMs): void {
  useEffect(() => {
    const timer = setInterval(reload, everyMs)
    return () => clearInterval(timer)
  }, [reload, everyMs])
}
