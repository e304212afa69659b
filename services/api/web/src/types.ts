// The API's answers, as services/api/openapi.json describes them.

export type Status = 'open' | 'claimed' | 'done' | 'withdrawn' | 'superseded'

export interface Person {
  id: string
  name: string
}

export interface Member {
  id: string
  name: string
  birth_date: string | null
  phone: string
  language: string
}

export interface Transition {
  occurred: string | null
  from: string | null
  to: string | null
  facility: string | null
  destination: string | null
  disposition: string | null
  withheld: 'part2' | null
}

export interface Task {
  key: string
  member: Member
  coordinator: Person | null
  backup: Person | null
  template: string
  title: string
  role: string
  status: Status
  flagged: boolean
  due: string
  overdue: boolean
  why: string
  transition: Transition
  protocol: string
  outcomes: string[]
  assignee: Person | null
  outcome: string
  note: string
  version: number
  updated_at: string | null
}

export interface TaskPage {
  tasks: Task[]
  next: string | null
  as_of: string
}

export interface Coordinator extends Person {
  team: string
  organisation: string
  open: number
  overdue: number
}

export interface Session {
  ends_at: string | null
  zone: string
}

export type Verdict = 'matched' | 'non_member' | 'review' | 'held' | 'rejected' | 'test' | 'gap' | 'lost'

export interface Partition {
  topic: string
  partition: number
  start_offset: number
  next_offset: number
  read: number
  accounted: number
  balanced: boolean
  verdicts: Record<Verdict, number>
}

export interface Leg {
  from: string
  to: string
  from_count: number
  to_count: number
  agree: boolean
}

export interface Waiting {
  waiting: number
  oldest_seconds: number | null
}

export interface Minute {
  at: string
  linked: number
  tasks: number
}

export type FeedState = 'steady' | 'learning' | 'low' | 'high' | 'silent' | 'never'

export interface FeedShare {
  day: number | null
  before: number | null
  moved: boolean
}

export interface Feed {
  name: string
  default: boolean
  zone: string
  last_message: string | null
  state: FeedState
  notes: string[]
  rates: { hours: number; messages: number; expected: number | null }[]
  verdicts: Record<'matched' | 'rejected', FeedShare>
  lacks: Record<'visit-number' | 'birth-date', FeedShare>
  clock: { mean_seconds: number | null; least_seconds: number; most_seconds: number; in_future: number; late: number } | null
}

export interface UnknownSender {
  sending_application: string
  sending_facility: string
  last_day: number
  messages: number
  last_message: string | null
}

export interface Feeds {
  as_of: string
  feeds: Feed[]
  unknown_senders_count: number
  unknown_senders: UnknownSender[]
}

export interface Flow {
  as_of: string
  messages: {
    read: number
    accounted: number
    balanced: boolean
    verdicts: Record<Verdict, number>
    partitions: Partition[]
  }
  legs: { agree: boolean; pairs: Leg[] }
  outbox: Waiting & { topics: Record<string, number> }
  reviews: Waiting & { reasons: Record<string, number> }
  held: Waiting & { reasons: Record<string, number> }
  replans: Waiting
  deliveries: Record<'pending' | 'sent' | 'ambiguous' | 'failed' | 'not-wanted', number>
  latency: { minutes: number; tasks: number; p50_ms: number | null; p99_ms: number | null; most_ms: number | null }
  minutes: Minute[]
  feeds: Feeds
}

export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  version?: number
  task_status?: Status
  assignee?: Person | null
  outcomes?: string[]
}
