import { useEffect, useRef, useState } from 'preact/hooks'
import type { Task } from './types'
import { plain } from './words'

interface Props {
  task: Task
  busy: boolean
  onCancel: () => void
  onSave: (outcome: string, note: string) => void
}

// How it went: one of the outcomes that the protocol allows, and a note.
export function CompleteForm({ task, busy, onCancel, onSave }: Props) {
  const [outcome, setOutcome] = useState('')
  const [note, setNote] = useState('')
  const [missing, setMissing] = useState(false)
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => first.current?.focus(), [])

  const save = (event: Event): void => {
    event.preventDefault()
    if (outcome) onSave(outcome, note)
    else setMissing(true)
  }
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') onCancel()
  }
  return (
    <form class="complete" onSubmit={save} onKeyDown={onKey} noValidate>
      <fieldset aria-describedby={`missing-${task.key}`}>
        <legend>How did it go?</legend>
        <div class="choices">
          {task.outcomes.map((code, index) => (
            <label key={code}>
              <input
                type="radio"
                name={`outcome-${task.key}`}
                value={code}
                checked={outcome === code}
                ref={index === 0 ? first : null}
                onChange={() => {
                  setOutcome(code)
                  setMissing(false)
                }}
              />
              {plain(code)}
            </label>
          ))}
        </div>
      </fieldset>
      <label for={`note-${task.key}`}>
        Note <span class="optional">(optional)</span>
      </label>
      <textarea id={`note-${task.key}`} rows={2} maxLength={1000} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
      <p id={`missing-${task.key}`} class="refused" role="alert">
        {missing ? 'Choose how it went first.' : ''}
      </p>
      <div class="buttons">
        <button type="submit" class="primary" disabled={busy}>
          Save
        </button>
        <button type="button" class="quiet" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  )
}
