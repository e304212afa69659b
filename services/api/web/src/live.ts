// The live connection: hints that something changed, and whether the connection stands.
//
// A hint carries no data; who hears it reads again. The browser comes back by itself after a break, and the
// service then says whether something was missed. Where the service refuses, this asks again after a while.

import { useEffect, useRef, useState } from 'preact/hooks'

export type Hint = 'tasks' | 'flow'
export type LiveState = 'connecting' | 'live' | 'lost'

const AGAIN_MS = 3000

export class Live {
  private source: EventSource | null = null
  private again: number | undefined
  private state: LiveState = 'connecting'
  private readonly onHint = new Map<Hint, Set<() => void>>([
    ['tasks', new Set()],
    ['flow', new Set()],
  ])
  private readonly onState = new Set<(state: LiveState) => void>()

  // `refused` is called when the service turned the stream down: the session may have ended.
  constructor(private readonly refused: () => void) {}

  start(): void {
    this.source = new EventSource('/v1/stream')
    this.source.onopen = () => this.setState('live')
    this.source.onerror = () => this.failed()
    for (const [hint, listeners] of this.onHint) {
      this.source.addEventListener(hint, () => listeners.forEach((listener) => listener()))
    }
  }

  stop(): void {
    clearTimeout(this.again)
    this.source?.close()
    this.source = null
  }

  subscribe(hint: Hint, listener: () => void): () => void {
    const listeners = this.onHint.get(hint)
    listeners?.add(listener)
    return () => listeners?.delete(listener)
  }

  watch(listener: (state: LiveState) => void): () => void {
    this.onState.add(listener)
    listener(this.state)
    return () => this.onState.delete(listener)
  }

  private failed(): void {
    this.setState('lost')
    if (this.source?.readyState !== EventSource.CLOSED) return
    this.refused()
    this.again = window.setTimeout(() => this.start(), AGAIN_MS)
  }

  private setState(state: LiveState): void {
    this.state = state
    this.onState.forEach((listener) => listener(state))
  }
}

export function useLiveState(live: Live): LiveState {
  const [state, setState] = useState<LiveState>('connecting')
  useEffect(() => live.watch(setState), [live])
  return state
}

const LEAST_GAP_MS = 800

// Calls `read` now, at each hint (a burst of hints is one call), every `period_ms`, and when the page is
// looked at again.
export function useReading(live: Live, hint: Hint, read: () => void, period_ms: number): void {
  const latest = useRef(read)
  latest.current = read
  useEffect(() => {
    let last = 0
    let waiting: number | undefined
    const run = (): void => {
      clearTimeout(waiting)
      waiting = undefined
      last = Date.now()
      latest.current()
    }
    const soon = (): void => {
      const gap = Date.now() - last
      if (gap >= LEAST_GAP_MS) run()
      else waiting ??= window.setTimeout(run, LEAST_GAP_MS - gap)
    }
    const onVisible = (): void => {
      if (document.visibilityState === 'visible') soon()
    }
    run()
    const unsubscribe = live.subscribe(hint, soon)
    const timer = window.setInterval(soon, period_ms)
    document.addEventListener('visibilitychange', onVisible)
    return () => {
      unsubscribe()
      clearTimeout(waiting)
      clearInterval(timer)
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [live, hint, period_ms])
}
