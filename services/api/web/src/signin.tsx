import { useState } from 'preact/hooks'
import { Failure, openSession, showSession } from './client'
import type { Session } from './types'

function refusal(error: unknown): string {
  if (!(error instanceof Failure) || !error.problem) return 'The service does not answer. Try again in a moment.'
  if (error.signedOut) return 'This is not the token of this service.'
  return error.problem.detail
}

// The cookie may be refused by the browser (over plain HTTP, away from this machine), so it is tried at once.
async function signIn(token: string): Promise<Session> {
  const session = await openSession(token)
  try {
    await showSession()
  } catch {
    throw new Failure({ type: 'about:blank', title: '', status: 0, detail: 'The browser did not keep the sign-in. Open this page over https.' })
  }
  return session
}

export function SignIn({ onDone }: { onDone: (session: Session) => void }) {
  const [token, setToken] = useState('')
  const [refused, setRefused] = useState('')
  const [busy, setBusy] = useState(false)

  const submit = (event: Event): void => {
    event.preventDefault()
    if (!token.trim()) {
      setRefused('Enter the token first.')
      return
    }
    setBusy(true)
    setRefused('')
    signIn(token.trim())
      .then(onDone)
      .catch((error: unknown) => {
        setRefused(refusal(error))
        setBusy(false)
      })
  }
  return (
    <form class="signin" onSubmit={submit} noValidate>
      <h1>Sign in</h1>
      <p>The token is the line in the service’s token file. Your administrator can give it to you.</p>
      <label for="token">Token</label>
      <input
        id="token"
        type="password"
        autocomplete="current-password"
        value={token}
        onInput={(event) => setToken(event.currentTarget.value)}
        aria-invalid={refused ? true : undefined}
        aria-describedby="token-refused"
      />
      <p id="token-refused" class="refused" role="alert">
        {refused}
      </p>
      <button type="submit" class="primary" disabled={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </button>
    </form>
  )
}
