// Flow: what came from the hospitals, what became of it, and whether every message is accounted for.

import { useCallback, useRef, useState } from 'preact/hooks'
import { Chart } from './chart'
import { Failure, showFlow } from './client'
import { FeedsPanel } from './feeds'
import type { Live } from './live'
import { useReading } from './live'
import { Notice } from './notice'
import { count, milliseconds, span } from './time'
import type { Clock } from './time'
import type { Flow, Partition, Waiting } from './types'
import { plain, verdicts, ways } from './words'
import type { Way } from './words'

interface PageProps {
  live: Live
  clock: Clock
  onSignedOut: () => void
}

const READ_AGAIN_MS = 10_000

const number = (n: number): string => n.toLocaleString('en-US')

export function FlowPage({ live, clock, onSignedOut }: PageProps) {
  const [flow, setFlow] = useState<Flow | null>(null)
  const [rate, setRate] = useState<number | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const before = useRef<Flow | null>(null)

  const read = useCallback(() => {
    showFlow()
      .then((next) => {
        setRate(rateBetween(before.current, next))
        before.current = next
        setFlow(next)
        setFailure(null)
      })
      .catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error
        if (error.signedOut) onSignedOut()
        else setFailure(error)
      })
  }, [onSignedOut])
  useReading(live, 'flow', read, READ_AGAIN_MS)

  return (
    <>
      <div class="page-head">
        <h1>Flow</h1>
        {flow && <p class="as-of">as of {clock.seconds(new Date(flow.as_of))}</p>}
      </div>
      {failure && (
        <Notice kind="error" title={flow ? 'These numbers may be old' : 'The numbers cannot be read'} action={{ label: 'Try again', run: read }}>
          {failure.message} Messages that come in meanwhile are kept by the gateway and Kafka.
        </Notice>
      )}
      {!flow && !failure && <p role="status">Reading the numbers…</p>}
      {flow && <Numbers flow={flow} rate={rate} clock={clock} />}
    </>
  )
}

// Messages a second between two readings; null where they are too near to tell.
function rateBetween(before: Flow | null, now: Flow): number | null {
  if (!before) return null
  const seconds = (Date.parse(now.as_of) - Date.parse(before.as_of)) / 1000
  return seconds < 0.5 ? null : (now.messages.read - before.messages.read) / seconds
}

function Numbers({ flow, rate, clock }: { flow: Flow; rate: number | null; clock: Clock }) {
  return (
    <>
      <Ledger flow={flow} rate={rate} />
      <Verdicts flow={flow} />
      <FeedsPanel feeds={flow.feeds} clock={clock} />
      <div class="panels">
        <div>
          <Legs flow={flow} />
          <Waits flow={flow} />
        </div>
        <div>
          <Latency flow={flow} />
          <Deliveries flow={flow} />
        </div>
      </div>
      <LastHour flow={flow} clock={clock} />
      <Partitions partitions={flow.messages.partitions} />
    </>
  )
}

// The one sentence that operations look for.
function Ledger({ flow, rate }: { flow: Flow; rate: number | null }) {
  const { read, accounted, balanced, partitions } = flow.messages
  const off = partitions.filter((partition) => !partition.balanced).length
  if (read === 0 && balanced) {
    return (
      <Notice kind="plain" title="No message has come yet">
        As soon as a hospital sends one, it is counted here.
      </Notice>
    )
  }
  const title = balanced ? 'Every message is accounted for' : `The accounts do not balance in ${count(off, 'partition')}`
  return (
    <section class={`ledger ${balanced ? 'good' : 'bad'}`} aria-labelledby="ledger">
      <h2 id="ledger">
        <Mark good={balanced} /> {title}
      </h2>
      <p class="equation">
        <span>
          <strong>{number(read)}</strong> read
        </span>
        <span aria-hidden="true">{balanced ? '=' : '≠'}</span>
        <span>
          <strong>{number(accounted)}</strong> accounted for
        </span>
        {rate !== null && rate > 0 && <span class="rate">{rate < 10 ? rate.toFixed(1) : number(Math.round(rate))} a second just now</span>}
      </p>
      {!balanced && <p>The table at the end of this page shows which; handoffctl ledger tells more.</p>}
    </section>
  )
}

function Mark({ good }: { good: boolean }) {
  return (
    <svg class={good ? 'mark good' : 'mark bad'} viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <circle cx="10" cy="10" r="10" />
      {good ? <path d="M5.5 10.5l3 3 6-7" /> : <path d="M10 4.5v7M10 15v.2" />}
    </svg>
  )
}

function Verdicts({ flow }: { flow: Flow }) {
  const { verdicts: counts, accounted } = flow.messages
  return (
    <section class="panel" aria-labelledby="verdicts">
      <h2 id="verdicts">What the messages were</h2>
      <ul class="verdicts">
        {verdicts
          .filter(({ key }) => counts[key] > 0 || key !== 'held')
          .map(({ key, name, meaning }) => {
            const share = accounted > 0 ? (counts[key] / accounted) * 100 : 0
            return (
              <li key={key} class={key === 'lost' && counts.lost > 0 ? 'bad' : undefined}>
                <span class="verdict-name">{name}</span>
                <span class="verdict-count">
                  {number(counts[key])} <small>{share > 0 && share < 0.1 ? '< 0.1' : share.toFixed(1)} %</small>
                </span>
                <svg class="share" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                  <rect class="ground" width="100" height="1" />
                  <rect class={`fill ${key}`} width={counts[key] > 0 ? Math.max(share, 0.4) : 0} height="1" />
                </svg>
                <span class="verdict-meaning">{meaning}</span>
              </li>
            )
          })}
      </ul>
    </section>
  )
}

function wayState(way: Way): { words: string; kind: 'good' | 'moving' } {
  const counts = way.steps.map((step) => step.n)
  const difference = (counts[0] ?? 0) - Math.min(...counts)
  if (counts.every((n) => n === counts[0])) return { words: 'agree', kind: 'good' }
  return { words: difference > 0 ? `${number(difference)} on the way` : 'being counted', kind: 'moving' }
}

function Legs({ flow }: { flow: Flow }) {
  return (
    <section class="panel" aria-labelledby="legs">
      <h2 id="legs">
        Step by step <Badge kind={flow.legs.agree ? 'good' : 'moving'}>{flow.legs.agree ? 'all agree' : 'catching up'}</Badge>
      </h2>
      <ul class="rows">
        {ways(flow.legs.pairs).map((way) => {
          const state = wayState(way)
          return (
            <li key={way.name} class="way">
              <span>
                {way.name} <small class={state.kind}>{state.words}</small>
              </span>
              <ol>
                {way.steps.map(({ stage, n }) => (
                  <li key={stage}>
                    <strong>{number(n)}</strong> {stage}
                  </li>
                ))}
              </ol>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function Badge({ kind, children }: { kind: string; children: string }) {
  return <span class={`badge ${kind}`}>{children}</span>
}

function Latency({ flow }: { flow: Flow }) {
  const { latency } = flow
  return (
    <section class="panel" aria-labelledby="latency">
      <h2 id="latency">From message to task</h2>
      {latency.tasks === 0 ? (
        <p class="quiet-words">No message led to a task in the last {latency.minutes} minutes.</p>
      ) : (
        <>
          <dl class="figures">
            <div>
              <dt>Half within</dt>
              <dd>{milliseconds(latency.p50_ms)}</dd>
            </div>
            <div>
              <dt>99 of 100 within</dt>
              <dd>{milliseconds(latency.p99_ms)}</dd>
            </div>
            <div>
              <dt>Longest</dt>
              <dd>{milliseconds(latency.most_ms)}</dd>
            </div>
          </dl>
          <p class="quiet-words">
            From the matcher’s decision to the planned task; {count(latency.tasks, 'task')} of the last {latency.minutes} minutes.
          </p>
        </>
      )}
    </section>
  )
}

function WaitingRow({ name, what, waiting }: { name: string; what: string; waiting: Waiting }) {
  return (
    <li>
      <span>
        {name}
        <small>{what}</small>
      </span>
      <span class="value">
        {number(waiting.waiting)}
        <small>{waiting.oldest_seconds === null ? 'none waits' : `oldest ${span(waiting.oldest_seconds)}`}</small>
      </span>
    </li>
  )
}

function Waits({ flow }: { flow: Flow }) {
  return (
    <section class="panel" aria-labelledby="waits">
      <h2 id="waits">What waits</h2>
      <ul class="rows">
        <WaitingRow name="Reviews" what="for a person to decide who it is" waiting={flow.reviews} />
        <WaitingRow name="Held" what="too little to decide yet" waiting={flow.held} />
        <WaitingRow name="Outbox" what="for the broker" waiting={flow.outbox} />
        <WaitingRow name="Replanning" what="members whose tasks are planned again" waiting={flow.replans} />
      </ul>
    </section>
  )
}

function Deliveries({ flow }: { flow: Flow }) {
  const words: [keyof Flow['deliveries'], string][] = [
    ['sent', 'taken by the mail server or webhook'],
    ['pending', 'to be sent, or sent again'],
    ['ambiguous', 'perhaps sent: the answer got lost'],
    ['failed', 'given up'],
    ['not-wanted', 'its cause was gone in time'],
  ]
  return (
    <section class="panel" aria-labelledby="deliveries">
      <h2 id="deliveries">Notices to people</h2>
      <ul class="rows">
        {words.map(([key, what]) => (
          <li key={key} class={key === 'failed' && flow.deliveries.failed > 0 ? 'bad' : undefined}>
            <span>
              {plain(key)}
              <small>{what}</small>
            </span>
            <span class="value">{number(flow.deliveries[key])}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function LastHour({ flow, clock }: { flow: Flow; clock: Clock }) {
  return (
    <section class="panel hour" aria-labelledby="hour">
      <h2 id="hour">The last hour</h2>
      <div class="charts">
        <Chart title="Messages about members" unit="message" minutes={flow.minutes} of="linked" clock={clock} />
        <Chart title="Tasks planned" unit="task" minutes={flow.minutes} of="tasks" clock={clock} />
      </div>
    </section>
  )
}

function Partitions({ partitions }: { partitions: Partition[] }) {
  if (partitions.length === 0) return null
  return (
    <details class="panel partitions">
      <summary>Partition by partition</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Ledger by partition">
        <table>
          <thead>
            <tr>
              <th scope="col">Partition</th>
              <th scope="col">Read</th>
              <th scope="col">Accounted for</th>
              <th scope="col">Balance</th>
              {verdicts.map(({ key, name }) => (
                <th key={key} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {partitions.map((row) => (
              <tr key={`${row.topic} ${row.partition}`} class={row.balanced ? undefined : 'bad'}>
                <th scope="row">
                  {row.topic} {row.partition}
                </th>
                <td>{number(row.read)}</td>
                <td>{number(row.accounted)}</td>
                <td>{row.balanced ? 'balanced' : `off by ${number(row.read - row.accounted)}`}</td>
                {verdicts.map(({ key }) => (
                  <td key={key}>{number(row.verdicts[key])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
