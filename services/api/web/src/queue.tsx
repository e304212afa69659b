// My queue: the tasks of a coordinator's members, by urgency.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { TaskCard } from './card'
import { Failure, listCoordinators, listTasks } from './client'
import type { Live } from './live'
import { useReading } from './live'
import { Notice } from './notice'
import { count, useNow } from './time'
import type { Clock } from './time'
import type { Coordinator, Task } from './types'
import { due } from './words'

interface PageProps {
  live: Live
  clock: Clock
  onSignedOut: () => void
}

const CHOICE = 'handoff.coordinator'
const EVERYBODY = 'all'
const PAGE = 200
const DONE_DAYS = 7
const READ_AGAIN_MS = 60_000

export interface Tasks {
  todo: Task[]
  attention: Task[]
  done: Task[]
  more: boolean
}

async function readTasks(choice: string): Promise<Tasks> {
  const scope: Record<string, string> = choice === EVERYBODY ? {} : { coordinator: choice }
  const since = new Date(Date.now() - DONE_DAYS * 24 * 3600 * 1000).toISOString()
  const limit = String(PAGE)
  const [todo, attention, done] = await Promise.all([
    listTasks({ ...scope, status: 'open,claimed', limit }),
    listTasks({ ...scope, attention: 'true', limit }),
    listTasks({ ...scope, status: 'done', updated_since: since, limit }),
  ])
  const byWork = (a: Task, b: Task): number => (b.updated_at ?? '').localeCompare(a.updated_at ?? '')
  return { todo: todo.tasks, attention: attention.tasks, done: done.tasks.sort(byWork), more: todo.next !== null }
}

function useCoordinators(props: PageProps): { list: Coordinator[] | null; failed: boolean } {
  const [list, setList] = useState<Coordinator[] | null>(null)
  const [failed, setFailed] = useState(false)
  const read = (): void => {
    listCoordinators()
      .then((coordinators) => {
        setList(coordinators)
        setFailed(false)
      })
      .catch((error: unknown) => {
        setFailed(true)
        if (error instanceof Failure && error.signedOut) props.onSignedOut()
      })
  }
  useReading(props.live, 'tasks', read, READ_AGAIN_MS)
  return { list, failed }
}

export function QueuePage(props: PageProps) {
  const [choice, setChoice] = useState(() => localStorage.getItem(CHOICE) ?? '')
  const coordinators = useCoordinators(props)
  const me = coordinators.list?.find((coordinator) => coordinator.id === choice) ?? null
  const known = choice === EVERYBODY || me !== null

  const choose = (id: string): void => {
    localStorage.setItem(CHOICE, id)
    setChoice(id)
  }
  return (
    <>
      <div class="page-head">
        <h1>My queue</h1>
        {coordinators.list && <Chooser list={coordinators.list} choice={known ? choice : ''} onChoose={choose} />}
      </div>
      {!coordinators.list && !coordinators.failed && <p role="status">Reading the coordinators…</p>}
      {!coordinators.list && coordinators.failed && (
        <Notice kind="error" title="The coordinators cannot be read">
          The service or its database is away. This page tries again by itself.
        </Notice>
      )}
      {coordinators.list && !known && (
        <Notice kind="plain" title="Whose queue is this?">
          {coordinators.list.length > 0
            ? 'Choose your name above to claim and complete tasks; this browser remembers it. Until then, here are everybody’s.'
            : 'There is no coordinator in the roster yet. Import the roster first.'}
        </Notice>
      )}
      {coordinators.list && coordinators.list.length > 0 && (
        <Queue key={known ? choice : EVERYBODY} {...props} choice={known ? choice : EVERYBODY} me={me} />
      )}
    </>
  )
}

function Chooser(props: { list: Coordinator[]; choice: string; onChoose: (id: string) => void }) {
  const { list, choice, onChoose } = props
  const teams = useMemo(() => {
    const byTeam = new Map<string, Coordinator[]>()
    for (const coordinator of list) {
      const team = [coordinator.organisation, coordinator.team].filter(Boolean).join(' · ') || 'Without a team'
      byTeam.set(team, [...(byTeam.get(team) ?? []), coordinator])
    }
    return [...byTeam].sort(([a], [b]) => a.localeCompare(b))
  }, [list])
  return (
    <p class="chooser">
      <label for="coordinator">Coordinator</label>
      <select id="coordinator" value={choice} onChange={(event) => onChoose(event.currentTarget.value)}>
        {!choice && <option value="">Choose…</option>}
        {teams.map(([team, members]) => (
          <optgroup key={team} label={team}>
            {members.map((coordinator) => (
              <option key={coordinator.id} value={coordinator.id}>
                {coordinator.name} ({coordinator.open} open)
              </option>
            ))}
          </optgroup>
        ))}
        <option value={EVERYBODY}>Everybody’s tasks</option>
      </select>
    </p>
  )
}

type Group = { id: string; title: string; tasks: Task[] }

export function grouped(tasks: Tasks, now: Date, clock: Clock): Group[] {
  const of = (urgency: string): Task[] => tasks.todo.filter((task) => due(task, now, clock).urgency === urgency)
  return [
    { id: 'attention', title: 'Needs a look', tasks: tasks.attention },
    { id: 'overdue', title: 'Overdue', tasks: of('overdue') },
    { id: 'today', title: 'Due today', tasks: of('today') },
    { id: 'later', title: 'Next days', tasks: of('later') },
  ]
}

// A task that was changed here shows its new state at once, until a reading brings that version or a later one.
function withChanged(tasks: Tasks, changed: Map<string, Task>): Tasks {
  const newest = (task: Task): Task => {
    const own = changed.get(task.key)
    return own && own.version > task.version ? own : task
  }
  const all = [...tasks.todo, ...tasks.attention].map(newest)
  const finished = all.filter((task) => task.status === 'done')
  const held = (task: Task): boolean => (task.status === 'withdrawn' || task.status === 'superseded') && task.assignee !== null
  return {
    todo: all.filter((task) => task.status === 'open' || task.status === 'claimed'),
    attention: all.filter(held),
    done: [...finished, ...tasks.done.filter((task) => !finished.some((own) => own.key === task.key))],
    more: tasks.more,
  }
}

function Queue(props: PageProps & { choice: string; me: Coordinator | null }) {
  const { live, clock, onSignedOut, choice, me } = props
  const now = useNow()
  const [read, setRead] = useState<Tasks | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [changed, setChanged] = useState(() => new Map<string, Task>())
  const [news, setNews] = useState('')
  const seen = useRef<Set<string> | null>(null)
  const [fresh, setFresh] = useState(() => new Set<string>())
  const latest = useRef(0)

  const takeIn = useCallback((tasks: Tasks) => {
    const keys = [...tasks.todo, ...tasks.attention].map((task) => task.key)
    const arrived = seen.current ? keys.filter((key) => !seen.current?.has(key)) : []
    seen.current = new Set([...(seen.current ?? []), ...keys])
    setFresh(new Set(arrived))
    if (arrived.length > 0) setNews(`${count(arrived.length, 'new task')} came in.`)
    setRead(tasks)
    setFailure(null)
  }, [])

  const reload = useCallback(() => {
    const turn = ++latest.current
    readTasks(choice)
      .then((tasks) => {
        if (turn === latest.current) takeIn(tasks)
      })
      .catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error
        if (error.signedOut) onSignedOut()
        else if (turn === latest.current) setFailure(error)
      })
  }, [choice, onSignedOut, takeIn])
  useReading(live, 'tasks', reload, READ_AGAIN_MS)
  useEffect(() => () => void (latest.current = -1), [])

  const onChanged = (task: Task): void => {
    setChanged((before) => new Map(before).set(task.key, task))
    if (task.status === 'done') {
      setNews(`Completed: ${task.title}, ${task.member.name}.`)
      document.getElementById('queue')?.focus({ preventScroll: true })
    }
    reload()
  }

  if (!read) {
    if (failure) {
      return (
        <Notice kind="error" title="The queue cannot be read" action={{ label: 'Try again', run: reload }}>
          {failure.message} What came in meanwhile is kept and will show here.
        </Notice>
      )
    }
    return <p role="status">Reading the queue…</p>
  }
  const tasks = withChanged(read, changed)
  const groups = grouped(tasks, now, clock).filter((group) => group.tasks.length > 0)
  const card = (task: Task) => (
    <TaskCard key={task.key} task={task} me={me} now={now} clock={clock} fresh={fresh.has(task.key)} onChanged={onChanged} onStale={reload} />
  )
  return (
    <div id="queue" tabIndex={-1}>
      <Summary tasks={tasks} now={now} clock={clock} />
      <p class="hidden" role="status">
        {news}
      </p>
      {failure && (
        <Notice kind="error" title="This list may be old" action={{ label: 'Try again', run: reload }}>
          {failure.message} It shows what was read last.
        </Notice>
      )}
      {groups.length === 0 && (
        <Notice kind="good" title="Nothing to do">
          When a hospital reports something about {choice === EVERYBODY ? 'a member' : 'one of these members'}, the task shows here by itself.
        </Notice>
      )}
      {groups.map((group) => (
        <section key={group.id} class={`group ${group.id}`} aria-labelledby={`group-${group.id}`}>
          <h2 id={`group-${group.id}`}>
            {group.title} <span class="number">{group.tasks.length}</span>
          </h2>
          <ul class="cards">{group.tasks.map(card)}</ul>
        </section>
      ))}
      {tasks.more && <p class="remark">These are the {PAGE} tasks that are due first. The rest follows as they are done.</p>}
      {tasks.done.length > 0 && (
        <details class="group done">
          <summary>
            Done in the last {DONE_DAYS} days <span class="number">{tasks.done.length}</span>
          </summary>
          <ul class="cards">{tasks.done.map(card)}</ul>
        </details>
      )}
    </div>
  )
}

function Summary({ tasks, now, clock }: { tasks: Tasks; now: Date; clock: Clock }) {
  const late = tasks.todo.filter((task) => due(task, now, clock).urgency === 'overdue').length
  const today = tasks.todo.filter((task) => due(task, now, clock).urgency === 'today').length
  const claimed = tasks.todo.filter((task) => task.status === 'claimed').length
  return (
    <p class="summary">
      <span>{count(tasks.todo.length, 'task')} to do</span>
      <span class={late > 0 ? 'late' : undefined}>{late} overdue</span>
      <span>{today} due today</span>
      <span>{claimed} claimed</span>
    </p>
  )
}
