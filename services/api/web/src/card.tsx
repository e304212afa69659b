// One task: for whom, what happened, what to do by when, why, and what can be done with it.

import type { RefObject } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { changeTask, Failure, newAttempt } from './client'
import type { Change } from './client'
import { CompleteForm } from './complete'
import type { Clock } from './time'
import { birthDate, withDateWords } from './time'
import type { Coordinator, Person, Task } from './types'
import { due, happening, language, plain } from './words'

interface Props {
  task: Task
  me: Coordinator | null
  now: Date
  clock: Clock
  fresh: boolean
  onChanged: (task: Task) => void
  onStale: () => void
}

const who = (person: Person | null, me: Coordinator | null): string => {
  if (!person) return 'somebody'
  return person.id === me?.id ? 'you' : person.name
}

const statusWords: Record<Task['status'], string> = {
  open: 'open now',
  claimed: 'claimed now',
  done: 'done now',
  withdrawn: 'withdrawn now: its cause was taken back',
  superseded: 'replaced now by something newer',
}

// Why a change was not made, for the person who asked for it.
function refusal(error: unknown, me: Coordinator | null): string {
  if (!(error instanceof Failure) || !error.problem) return 'The service does not answer. Press again: it is done once, even if it arrived.'
  const { problem } = error
  if (problem.status === 412 || problem.status === 409) {
    if (problem.task_status === 'claimed') return `Somebody was faster: claimed by ${who(problem.assignee ?? null, me)} a moment ago.`
    if (problem.task_status === 'done') return `Somebody was faster: done by ${who(problem.assignee ?? null, me)} a moment ago.`
    return `This task has changed meanwhile. It is ${problem.task_status ? statusWords[problem.task_status] : 'different now'}.`
  }
  if (problem.status === 404) return 'A correction of the hospital has renamed or removed this task. The list is read again.'
  if (problem.status === 503) return 'The database is away. Press again in a moment: it is done once, even if it arrived.'
  return problem.detail
}

// The task as it will be, shown while the service is asked.
function expected(task: Task, change: Change, me: Coordinator): Task {
  const person = { id: me.id, name: me.name }
  if (change.action === 'claim') return { ...task, status: 'claimed', assignee: person }
  if (change.action === 'release') return { ...task, status: task.status === 'claimed' ? 'open' : task.status, assignee: null }
  return { ...task, assignee: task.assignee ?? person, outcome: change.outcome ?? '', note: change.note ?? '' }
}

interface Asking {
  shown: Task
  ask: (change: Change) => void
  busy: boolean
  refused: string
}

// Asks for a change. A repeat after an unknown end is the same attempt, so that it is carried out once.
// `settled` is called when the answer is there, for good or bad.
function useChange({ task, me, onChanged, onStale }: Props, settled: () => void): Asking {
  const [shown, setShown] = useState<Task | null>(null)
  const [refused, setRefused] = useState('')
  const attempts = useRef(new Map<string, { id: string; task: Task }>())

  const ask = (change: Change): void => {
    if (!me) return
    const words = JSON.stringify(change)
    const attempt = attempts.current.get(words) ?? { id: newAttempt(), task }
    attempts.current.set(words, attempt)
    setShown(expected(task, change, me))
    setRefused('')
    changeTask(attempt.task, change, attempt.id)
      .then((changed) => {
        attempts.current.clear()
        setShown(null)
        onChanged(changed)
      })
      .catch((error: unknown) => {
        const known = error instanceof Failure && error.problem !== null && error.problem.status < 500
        if (known) attempts.current.delete(words)
        setShown(null)
        setRefused(refusal(error, me))
        onStale()
      })
      .finally(settled)
  }
  return { shown: shown ?? task, ask, busy: shown !== null, refused }
}

// The button that was pressed may be gone with its answer: the focus stays on the card, for the keyboard.
function keepFocus(item: HTMLElement | null): void {
  requestAnimationFrame(() => {
    if (document.activeElement === document.body) item?.querySelector('button')?.focus({ preventScroll: true })
  })
}

export function TaskCard(props: Props) {
  const { me, now, clock, fresh } = props
  const [completing, setCompleting] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const item = useRef<HTMLLIElement>(null)
  const { shown: task, ask, busy, refused } = useChange(props, () => keepFocus(item.current))
  const { urgency, words, detail } = due(task, now, clock)
  const title = `task-${task.key}`
  const open = task.status !== 'done'
  const close = (): void => {
    setCompleting(false)
    opener.current?.focus()
  }
  return (
    <li ref={item} class={`card ${urgency} ${task.status}${fresh ? ' fresh' : ''}`}>
      <article aria-labelledby={title}>
        <div class="card-what">
          <Who task={task} now={now} />
          <h3 id={title}>
            <span class="hidden">{task.member.name}: </span>
            {task.title}
          </h3>
          <Happening task={task} now={now} clock={clock} />
          <p class="why">
            <span class="label">Why</span> {withDateWords(task.why)}
          </p>
          {isGone(task) && <p class="flag">{goneWords(task, me)}</p>}
          {task.status === 'done' && <DoneWords task={task} me={me} now={now} clock={clock} />}
        </div>
        <div class="card-do">
          {words && (
            <p class={`due ${urgency}`}>
              <time dateTime={task.due}>{words}</time>
              {detail && <small>{detail}</small>}
            </p>
          )}
          <Holder task={task} me={me} />
          {open && (
            <Actions task={task} me={me} busy={busy} ask={ask} opener={opener} completing={completing} onComplete={() => setCompleting(!completing)} />
          )}
        </div>
        {open && me && completing && (
          <CompleteForm
            task={task}
            busy={busy}
            onCancel={close}
            onSave={(outcome, note) => ask({ action: 'complete', coordinator: me.id, outcome, note })}
          />
        )}
        <p class="refused" role="alert">
          {refused}
        </p>
      </article>
    </li>
  )
}

// Of a task whose cause was taken back there is nothing to tell but that, which its flag says.
function Happening({ task, now, clock }: { task: Task; now: Date; clock: Clock }) {
  const { transition } = task
  if (!transition.to && isGone(task)) return null
  return (
    <p class="happening">
      {happening(transition)}
      {transition.to && transition.occurred && (
        <>
          , <time dateTime={transition.occurred}>{clock.moment(new Date(transition.occurred), now)}</time>
        </>
      )}
    </p>
  )
}

function Who({ task, now }: { task: Task; now: Date }) {
  const { member } = task
  return (
    <p class="who">
      <strong>{member.name || 'Member without a name'}</strong>
      {member.birth_date && <span>{birthDate(member.birth_date, now)}</span>}
      {member.language && <span>{language(member.language)}</span>}
      {member.phone ? <a href={`tel:${member.phone.replace(/[^+\d]/g, '')}`}>{member.phone}</a> : <span>no phone</span>}
    </p>
  )
}

const isGone = (task: Task): boolean => task.flagged || task.status === 'withdrawn' || task.status === 'superseded'

function goneWords(task: Task, me: Coordinator | null): string {
  const holder = who(task.assignee, me)
  if (task.status === 'done') return 'The hospital later took back what this task rests on. What was done stays on record.'
  const cause =
    task.status === 'superseded'
      ? 'Something newer took the place of this task'
      : 'The hospital took back what this task rests on'
  return `${cause}, after ${holder} had begun it. Complete it if something was done; otherwise release it, and it goes away.`
}

function DoneWords({ task, me, now, clock }: { task: Task; me: Coordinator | null; now: Date; clock: Clock }) {
  return (
    <>
      <p class="outcome">
        <span class="label">Outcome</span> {plain(task.outcome)}, by {who(task.assignee, me)}
        {task.updated_at && `, ${clock.moment(new Date(task.updated_at), now)}`}
      </p>
      {task.note && <p class="note">{task.note}</p>}
    </>
  )
}

function Holder({ task, me }: { task: Task; me: Coordinator | null }) {
  if (task.status === 'done' || !task.assignee) return null
  const mine = task.assignee.id === me?.id
  return <p class={mine ? 'holder mine' : 'holder'}>{mine ? 'Claimed by you' : `Claimed by ${task.assignee.name}`}</p>
}

interface ActionsProps {
  task: Task
  me: Coordinator | null
  busy: boolean
  ask: (change: Change) => void
  opener: RefObject<HTMLButtonElement>
  completing: boolean
  onComplete: () => void
}

// Who looks at everybody's tasks has chosen nobody to act for.
function Actions({ task, me, busy, ask, opener, completing, onComplete }: ActionsProps) {
  if (!me) return task.status === 'open' ? <p class="holder">Not claimed</p> : null
  const mayComplete = task.status === 'open' || task.assignee !== null
  return (
    <div class="buttons">
      {task.status === 'open' && (
        <button type="button" class="primary" disabled={busy} onClick={() => ask({ action: 'claim', coordinator: me.id })}>
          Claim<span class="hidden"> {task.title}</span>
        </button>
      )}
      {mayComplete && (
        <button
          type="button"
          ref={opener}
          class={task.assignee?.id === me.id ? 'primary' : undefined}
          aria-expanded={completing}
          disabled={busy}
          onClick={onComplete}
        >
          Complete…<span class="hidden"> {task.title}</span>
        </button>
      )}
      {task.assignee && (
        <button type="button" class="quiet" disabled={busy} onClick={() => ask({ action: 'release', coordinator: me.id })}>
          Release<span class="hidden"> {task.title}</span>
        </button>
      )}
    </div>
  )
}
