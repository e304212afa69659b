// What the codes of tasks and messages mean, in words.

import type { Clock } from './time'
import { count, span } from './time'
import type { Task, Transition, Verdict } from './types'

const at = (facility: string | null): string => (facility ? ` at ${facility}` : '')
const from = (facility: string | null): string => (facility ? ` from ${facility}` : '')
const to = (facility: string | null): string => (facility ? ` to ${facility}` : '')

function arrival(t: Transition): string | null {
  switch (t.to) {
    case 'ed':
      return `Arrived in the emergency department${at(t.facility)}`
    case 'inpatient':
      return t.from === 'ed' ? `Admitted from the emergency department${at(t.facility)}` : `Admitted${to(t.facility)}`
    case 'observation':
      return `Under observation${at(t.facility)}`
    case 'snf':
      return t.destination === 'skilled-nursing'
        ? `Discharged${from(t.facility)} to skilled nursing`
        : `Admitted to skilled nursing${at(t.facility)}`
    default:
      return null
  }
}

function departure(t: Transition): string {
  if (t.to === 'died') return `Died${at(t.facility)}`
  if (t.to === 'other-facility') return `Moved${from(t.facility)} to another facility`
  if (t.destination === 'against-advice' || t.disposition === '07') return `Left${t.facility ? ` ${t.facility}` : ''} against medical advice`
  if (t.from === 'ed') return `Went home from the emergency department${at(t.facility)}`
  if (t.from === 'snf') return `Went home from skilled nursing${at(t.facility)}`
  return `Discharged home${from(t.facility)}`
}

// What happened, without the time.
export function happening(t: Transition): string {
  if (!t.to) return 'The hospital has taken this event back'
  return arrival(t) ?? departure(t)
}

export interface Due {
  urgency: 'overdue' | 'today' | 'later' | 'none'
  words: string
  detail: string
}

// "Due tomorrow 17:00"; overdue with how long, and when it was.
export function due(task: Task, now: Date, clock: Clock): Due {
  const when = new Date(task.due)
  const moment = clock.moment(when, now)
  if (task.status !== 'open' && task.status !== 'claimed') return { urgency: 'none', words: '', detail: '' }
  if (when < now) {
    const days = clock.daysBetween(when, now)
    const late = days > 0 ? count(days, 'day') : span((now.getTime() - when.getTime()) / 1000)
    return { urgency: 'overdue', words: `Overdue by ${late}`, detail: `was due ${moment}` }
  }
  return { urgency: clock.daysBetween(now, when) === 0 ? 'today' : 'later', words: `Due ${moment}`, detail: '' }
}

// "left-message" as "Left message".
export function plain(code: string): string {
  const text = code.replace(/[-_]+/g, ' ').trim()
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export const verdicts: { key: Verdict; name: string; meaning: string }[] = [
  { key: 'non_member', name: 'Not a member', meaning: 'about nobody of ours; counted, nothing kept' },
  { key: 'matched', name: 'Matched', meaning: 'about a member; leads to encounters and tasks' },
  { key: 'review', name: 'For review', meaning: 'near a member; a person decides' },
  { key: 'held', name: 'Held', meaning: 'too little to decide; waits for more' },
  { key: 'rejected', name: 'Rejected', meaning: 'no sense can be made of it; kept for repair' },
  { key: 'test', name: 'Test', meaning: 'test or training traffic' },
  { key: 'gap', name: 'Gap', meaning: 'offsets that hold no message' },
  { key: 'lost', name: 'Lost', meaning: 'retention passed before it was read' },
]

const stages: Record<string, string> = {
  linked: 'Linked to a member',
  applied: 'applied to the member',
  written: 'Written to the outbox',
  published: 'published',
  handled: 'handled',
}

const topics: Record<string, string> = {
  'adt.matched': 'matched messages',
  'adt.rejected': 'rejected messages',
  'transition.events': 'notices',
}

export function topicName(topic: string): string {
  return topics[topic] ?? topic
}

// "written:adt.matched" to "published:adt.matched" as two words and what they are about.
export function leg(fromStage: string, toStage: string): { from: string; to: string; of: string } {
  const [first = '', topic = ''] = fromStage.split(':')
  const [second = ''] = toStage.split(':')
  const words = stages[first] ?? first
  return { from: words.charAt(0).toUpperCase() + words.slice(1), to: stages[second] ?? second, of: topic ? topicName(topic) : '' }
}
