// How each hospital's feed is, and who sends without a feed of their own.

import { count, span, withDateWords } from './time'
import type { Clock } from './time'
import type { Feed, Feeds, FeedShare, FeedState, UnknownSender } from './types'

const states: Record<FeedState, { words: string; kind: 'bad' | 'moving' | 'good' | 'plain' }> = {
  silent: { words: 'Silent', kind: 'bad' },
  low: { words: 'Less than usual', kind: 'moving' },
  high: { words: 'More than usual', kind: 'moving' },
  steady: { words: 'As usual', kind: 'good' },
  learning: { words: 'Being learnt', kind: 'plain' },
  never: { words: 'Nothing yet', kind: 'plain' },
}

const changed = { words: 'Changed', kind: 'moving' }

const number = (n: number): string => Math.round(n).toLocaleString('en-US')

function percent(share: FeedShare): string {
  return share.day === null ? '–' : `${(share.day * 100).toFixed(1)} %`
}

// "38 of 40": what came, of what was to be expected.
function rate(feed: Feed, hours: number): string {
  const found = feed.rates.find((one) => one.hours === hours)
  if (!found) return '–'
  return found.expected === null ? number(found.messages) : `${number(found.messages)} / ${number(found.expected)}`
}

function delay(feed: Feed): string {
  const mean = feed.clock?.mean_seconds
  if (mean === null || mean === undefined) return '–'
  return mean < 0 ? `${span(-mean)} ahead` : span(mean)
}

const columns = ['State', 'Feed', 'Last message', 'Last hour / usual', 'Last day / usual', 'Matched', 'Rejected', 'No visit number', 'From record to us']

function Row({ feed, now, clock }: { feed: Feed; now: Date; clock: Clock }) {
  const state = feed.state === 'steady' && feed.notes.length > 0 ? changed : states[feed.state]
  const cells = [
    feed.last_message ? clock.moment(new Date(feed.last_message), now) : '–',
    rate(feed, 1),
    rate(feed, 24),
    percent(feed.verdicts.matched),
    percent(feed.verdicts.rejected),
    percent(feed.lacks['visit-number']),
    delay(feed),
  ]
  return (
    <>
      <tr class={feed.notes.length > 0 ? 'noted' : undefined}>
        <td>
          <span class={`badge ${state.kind}`}>{state.words}</span>
        </td>
        <th scope="row">{feed.name}</th>
        {cells.map((cell, i) => (
          <td key={columns[i + 2]} data-label={columns[i + 2]}>
            {cell}
          </td>
        ))}
      </tr>
      {feed.notes.length > 0 && (
        <tr class="notes">
          <td />
          <td colSpan={columns.length - 1}>
            <ul>
              {feed.notes.map((note) => (
                <li key={note}>{withDateWords(note)}</li>
              ))}
            </ul>
          </td>
        </tr>
      )}
    </>
  )
}

// "(others)", "(not a code)" and "(no header)" are no senders.
function named({ sending_application: application, sending_facility: facility }: UnknownSender): string {
  if (application.startsWith('(')) return application
  if (application === 'AdtEvent') return `AdtEvent whose feed is "${facility}"`
  return `sending_application: "${application}", sending_facility: "${facility}"`
}

function Unknown({ senders, all }: { senders: UnknownSender[]; all: number }) {
  if (senders.length === 0) return null
  return (
    <details class="unknown">
      <summary>{count(all, 'sender')} without a feed of their own</summary>
      <p>The default feed serves them. To name one, add a feed with these words to deploy/feeds.</p>
      <ul>
        {senders.map((sender) => (
          <li key={`${sender.sending_application} ${sender.sending_facility}`}>
            <code>
              {named(sender)}
            </code>{' '}
            {count(sender.messages, 'message')}, {number(sender.last_day)} in the last day
          </li>
        ))}
        {all > senders.length && <li>and {number(all - senders.length)} more</li>}
      </ul>
    </details>
  )
}

export function FeedsPanel({ feeds, clock }: { feeds: Feeds; clock: Clock }) {
  const shown = feeds.feeds.filter((feed) => feed.state !== 'never')
  const never = feeds.feeds.filter((feed) => feed.state === 'never' && !feed.default)
  const silent = shown.filter((feed) => feed.state === 'silent').length
  const now = new Date(feeds.as_of)
  return (
    <section class="panel feeds" aria-labelledby="feeds">
      <h2 id="feeds">
        Feeds <span class={`badge ${silent > 0 ? 'bad' : 'good'}`}>{silent > 0 ? `${silent} silent` : 'none silent'}</span>
      </h2>
      {shown.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Feed by feed">
          <table>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((feed) => (
                <Row key={feed.name} feed={feed} now={now} clock={clock} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {never.length > 0 && <p class="quiet-words">Configured, and nothing came of them in eight weeks: {never.map((feed) => feed.name).join(', ')}.</p>}
      <Unknown senders={feeds.unknown_senders} all={feeds.unknown_senders_count} />
    </section>
  )
}
