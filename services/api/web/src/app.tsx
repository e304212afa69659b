// The frame: who is signed in, which page shows, whether the connection is live.

import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import { closeSession, Failure, openSession, showSession } from './client'
import { FlowPage } from './flow'
import { Live, useLiveState } from './live'
import type { LiveState } from './live'
import { Notice } from './notice'
import { QueuePage } from './queue'
import { SignIn } from './signin'
import { Clock } from './time'
import type { Session } from './types'

type Gate = { at: 'asking' } | { at: 'signed-out' } | { at: 'away' } | { at: 'in'; session: Session }

// The session that is there, else one without a token where the service allows that.
async function enter(): Promise<Gate> {
  try {
    return { at: 'in', session: await showSession() }
  } catch (error) {
    if (!(error instanceof Failure) || !error.signedOut) return { at: 'away' }
  }
  try {
    return { at: 'in', session: await openSession() }
  } catch (error) {
    return error instanceof Failure && error.signedOut ? { at: 'signed-out' } : { at: 'away' }
  }
}

export function App() {
  const [gate, setGate] = useState<Gate>({ at: 'asking' })
  const ask = useCallback(() => void enter().then(setGate), [])
  useEffect(ask, [ask])

  if (gate.at === 'in') {
    return <Workspace session={gate.session} onSignedOut={ask} onLeft={() => setGate({ at: 'signed-out' })} />
  }
  return (
    <div class="lone">
      <header>
        <Brand />
      </header>
      <main id="main">
        {gate.at === 'asking' && <p role="status">One moment…</p>}
        {gate.at === 'away' && (
          <Notice kind="error" title="The service does not answer" action={{ label: 'Try again', run: ask }}>
            Nothing is lost: what came in meanwhile is kept and will show here.
          </Notice>
        )}
        {gate.at === 'signed-out' && <SignIn onDone={(session) => setGate({ at: 'in', session })} />}
      </main>
    </div>
  )
}

type Page = 'queue' | 'flow'

const pages: { page: Page; label: string }[] = [
  { page: 'queue', label: 'My queue' },
  { page: 'flow', label: 'Flow' },
]

const pageOf = (hash: string): Page => (hash === '#/flow' ? 'flow' : 'queue')

function usePage(): Page {
  const [page, setPage] = useState(() => pageOf(location.hash))
  useEffect(() => {
    const follow = (): void => {
      setPage(pageOf(location.hash))
      document.getElementById('main')?.focus({ preventScroll: true })
      window.scrollTo(0, 0)
    }
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }, [])
  return page
}

function Workspace(props: { session: Session; onSignedOut: () => void; onLeft: () => void }) {
  const { session, onSignedOut, onLeft } = props
  const page = usePage()
  const clock = useMemo(() => new Clock(session.zone), [session.zone])
  const live = useMemo(
    () =>
      new Live(() => {
        showSession().catch((error: unknown) => {
          if (error instanceof Failure && error.signedOut) onSignedOut()
        })
      }),
    [onSignedOut],
  )
  useEffect(() => {
    live.start()
    return () => live.stop()
  }, [live])
  useEffect(() => {
    document.title = page === 'flow' ? 'Flow · handoff' : 'My queue · handoff'
  }, [page])

  const leave = (): void => {
    void closeSession()
      .catch(() => undefined)
      .then(onLeft)
  }
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header class="bar">
        <Brand />
        <nav aria-label="Pages">
          {pages.map(({ page: to, label }) => (
            <a key={to} href={`#/${to}`} aria-current={to === page ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <Connection live={live} />
        <button type="button" class="quiet" onClick={leave}>
          Sign out
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        {page === 'flow' ? (
          <FlowPage live={live} clock={clock} onSignedOut={onSignedOut} />
        ) : (
          <QueuePage live={live} clock={clock} onSignedOut={onSignedOut} />
        )}
      </main>
      <footer>
        Times are in {clock.zone.replace(/_/g, ' ')}. The API is described at <a href="/v1/openapi.json">/v1/openapi.json</a>.
      </footer>
    </>
  )
}

// The hash is the page, so the link must not change it.
function skip(event: Event): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}

function Brand() {
  return (
    <p class="brand">
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
        <rect class="brand-ground" width="32" height="32" rx="8" />
        <path class="brand-give" d="M7 19.5h8.5a4.5 4.5 0 0 0 0-9H13" />
        <path class="brand-take" d="M25 12.5h-8.5a4.5 4.5 0 0 0 0 9H19" />
      </svg>
      handoff
    </p>
  )
}

const connectionWords: Record<LiveState, string> = {
  connecting: 'Connecting…',
  live: 'Live',
  lost: 'Not live, reconnecting…',
}

function Connection({ live }: { live: Live }) {
  const state = useLiveState(live)
  return (
    <p class={`connection ${state}`} role="status">
      <span class="dot" aria-hidden="true" />
      {connectionWords[state]}
    </p>
  )
}
