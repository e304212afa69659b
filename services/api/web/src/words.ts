// What the codes of tasks and messages mean, in words.

import type { Clock } from './time'
import { count, span } from './time'
import type { Leg, Task, Transition, Verdict } from './types'

const at = (facility: string | null): string => (facility ? ` at ${facility}` : '')
const from = (facility: string | null): string => (facility ? ` from ${facility}` : '')
const to = (facility: string | null): string => (facility ? ` to ${facility}` : '')

const ASSISTED_LIVING = ['04', '4', '84'] // of PV1-36: like home, whatever setting the way shows

function arrival(t: Transition): string | null {
  const inHospital = ['ed', 'inpatient', 'observation'].includes(t.to ?? '')
  if (inHospital && t.destination === 'acute' && t.disposition !== '09') return `Moved${from(t.facility)} to another hospital`
  if (t.from === 'inpatient' && t.to === 'inpatient') return `Moved${to(t.facility)}`
  switch (t.to) {
    case 'ed':
      return `Arrived in the emergency department${at(t.facility)}`
    case 'inpatient':
      return t.from === 'ed' ? `Admitted from the emergency department${at(t.facility)}` : `Admitted${to(t.facility)}`
    case 'observation':
      return `Under observation${at(t.facility)}`
    case 'snf':
      return t.destination === 'skilled-nursing'
        ? `Discharged${from(t.facility)} to ${ASSISTED_LIVING.includes(t.disposition ?? '') ? 'assisted living' : 'skilled nursing'}`
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

const languages = new Intl.DisplayNames('en', { type: 'language' })

// "es" and "spa" as "Spanish"; what is a word already stays.
export function language(text: string): string {
  return /^[a-z]{2,3}$/i.test(text) ? (languages.of(text.toLowerCase()) ?? text) : text
}

// "left-message" as "Left message".
export function plain(code: string): string {
  const text = code.replace(/[-_]+/g, ' ').trim()
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export const verdicts: { key: Verdict; name: string; meaning: string }[] = [
  { key: 'non_member', name: 'Not a member', meaning: 'about nobody of ours; counted, nothing kept' },
  { key: 'matched', name: 'Matched', meaning: 'about one of our members' },
  { key: 'review', name: 'For review', meaning: 'near a member; a person decides' },
  { key: 'held', name: 'Held', meaning: 'too little to decide; waits for more' },
  { key: 'rejected', name: 'Rejected', meaning: 'no sense can be made of it; kept for repair' },
  { key: 'test', name: 'Test', meaning: 'test or training traffic' },
  { key: 'gap', name: 'Gap', meaning: 'offsets that hold no message' },
  { key: 'lost', name: 'Lost', meaning: 'retention passed before it was read' },
]

const topics: Record<string, string> = {
  'adt.matched': 'Matched messages',
  'adt.rejected': 'Rejected messages',
  'transition.events': 'Notices',
}

export interface Way {
  name: string
  steps: { stage: string; n: number }[]
}

// Pairs of stages (linked and applied; written and published, published and handled of a topic) as the ways
// that they are steps of.
export function ways(pairs: Leg[]): Way[] {
  const found = new Map<string, Way>()
  const order = ['linked', 'written', 'applied', 'published', 'handled']
  for (const pair of pairs) {
    for (const [id, n] of [[pair.from, pair.from_count], [pair.to, pair.to_count]] as const) {
      const [stage = '', topic = ''] = id.split(':')
      const way = found.get(topic) ?? { name: topic ? (topics[topic] ?? topic) : 'Links to members', steps: [] }
      if (!way.steps.some((step) => step.stage === stage)) way.steps.push({ stage, n })
      way.steps.sort((a, b) => order.indexOf(a.stage) - order.indexOf(b.stage))
      found.set(topic, way)
    }
  }
  return [...found.values()]
}
