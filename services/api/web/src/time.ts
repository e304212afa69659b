// Times in words, in the plan's zone.

import { useEffect, useState } from 'preact/hooks'

const DAY_MS = 24 * 3600 * 1000

// Re-renders every half minute, so that "due today" becomes "overdue" without a word from the service.
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = window.setInterval(() => setNow(new Date()), 30_000)
    return () => clearInterval(timer)
  }, [])
  return now
}

export class Clock {
  private readonly dayNumber: Intl.DateTimeFormat
  private readonly formats: Record<'time' | 'weekday' | 'day' | 'dayAndYear' | 'seconds', Intl.DateTimeFormat>

  constructor(readonly zone: string) {
    const of = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
      new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...options })
    this.dayNumber = of({ year: 'numeric', month: '2-digit', day: '2-digit' })
    this.formats = {
      time: of({ hour: '2-digit', minute: '2-digit' }),
      seconds: of({ hour: '2-digit', minute: '2-digit', second: '2-digit' }),
      weekday: of({ weekday: 'long' }),
      day: of({ weekday: 'short', month: 'short', day: 'numeric' }),
      dayAndYear: of({ weekday: 'short', month: 'short', day: 'numeric', year: 'numeric' }),
    }
  }

  // Calendar days from `from` to `to` in the zone.
  daysBetween(from: Date, to: Date): number {
    return Math.round((this.midnight(to) - this.midnight(from)) / DAY_MS)
  }

  // "today 14:10", "yesterday 14:10", "tomorrow 17:00", "Thursday 17:00" within the week, "Tue, Dec 8, 17:00".
  moment(at: Date, now: Date): string {
    const days = this.daysBetween(now, at)
    const time = this.formats.time.format(at)
    if (days === 0) return `today ${time}`
    if (days === 1) return `tomorrow ${time}`
    if (days === -1) return `yesterday ${time}`
    if (days > 1 && days < 7) return `${this.formats.weekday.format(at)} ${time}`
    return `${this.date(at, now)}, ${time}`
  }

  seconds(at: Date): string {
    return this.formats.seconds.format(at)
  }

  minute(at: Date): string {
    return this.formats.time.format(at)
  }

  private date(at: Date, now: Date): string {
    const far = Math.abs(this.daysBetween(now, at)) > 300
    return (far ? this.formats.dayAndYear : this.formats.day).format(at)
  }

  private midnight(at: Date): number {
    const parts = Object.fromEntries(this.dayNumber.formatToParts(at).map((part) => [part.type, Number(part.value)]))
    return Date.UTC(parts.year ?? 0, (parts.month ?? 1) - 1, parts.day ?? 1)
  }
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`
}

// "3 days", "5 hours", "12 minutes", "40 seconds": the largest unit alone.
export function span(seconds: number): string {
  if (seconds < 90) return count(Math.round(seconds), 'second')
  if (seconds < 5400) return count(Math.round(seconds / 60), 'minute')
  if (seconds < 48 * 3600) return count(Math.round(seconds / 3600), 'hour')
  return count(Math.floor(seconds / 86400), 'day')
}

export function milliseconds(ms: number | null): string {
  if (ms === null) return '–'
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 10_000) return `${Math.round(ms).toLocaleString('en-US')} ms`
  return span(ms / 1000)
}

// A date without a time, "1951-03-04", in words.
function dateWords(text: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', ...options }).format(new Date(`${text}T00:00:00Z`))
}

// "Mar 4, 1951 (75)"
export function birthDate(text: string, now: Date): string {
  const [year = 0, month = 1, day = 1] = text.split('-').map(Number)
  const before = now.getUTCMonth() + 1 < month || (now.getUTCMonth() + 1 === month && now.getUTCDate() < day)
  const age = now.getUTCFullYear() - year - (before ? 1 : 0)
  return `${dateWords(text, { month: 'short', day: 'numeric', year: 'numeric' })} (${age})`
}

// The dates within a sentence in words: "on 2026-11-20" as "on Fri, Nov 20".
export function withDateWords(sentence: string): string {
  return sentence.replace(/\b\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])\b/g, (date) => dateWords(date, { weekday: 'short', month: 'short', day: 'numeric' }))
}
