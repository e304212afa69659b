// One small bar chart: a number a minute over the last hour. What it shows is also said in a sentence.

import { count } from './time'
import type { Clock } from './time'
import type { Minute } from './types'

interface Props {
  title: string
  unit: string
  minutes: Minute[]
  of: 'linked' | 'tasks'
  clock: Clock
}

const WIDTH = 600
const HEIGHT = 96
const BASE = 76
const TOP = 6

// The next round number, so that the scale does not tremble.
export function ceiling(most: number): number {
  const step = 10 ** Math.floor(Math.log10(Math.max(most, 1)))
  const fitting = [1, 2, 5, 10].find((factor) => factor * step >= most) ?? 10
  return Math.max(fitting * step, 4)
}

export function Chart({ title, unit, minutes, of, clock }: Props) {
  const most = Math.max(0, ...minutes.map((minute) => minute[of]))
  const sum = minutes.reduce((total, minute) => total + minute[of], 0)
  const scale = ceiling(most)
  const step = WIDTH / Math.max(minutes.length, 1)
  const height = (n: number): number => (n / scale) * (BASE - TOP)
  const label = (index: number): string => clock.minute(new Date(minutes[index]?.at ?? 0))
  const sentence = sum === 0 ? `No ${unit} in the last hour.` : `${count(sum, unit)}, ${most.toLocaleString('en-US')} in the busiest minute.`
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong> <span>{sentence}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        <line class="grid" x1="0" x2={WIDTH} y1={TOP} y2={TOP} />
        <line class="grid" x1="0" x2={WIDTH} y1={(BASE + TOP) / 2} y2={(BASE + TOP) / 2} />
        <line class="axis" x1="0" x2={WIDTH} y1={BASE} y2={BASE} />
        <text class="scale" x={WIDTH} y={TOP + 12} text-anchor="end">
          {scale.toLocaleString('en-US')}
        </text>
        {minutes.map((minute, index) => (
          <rect
            key={minute.at}
            class={of}
            x={index * step + 1}
            y={BASE - height(minute[of])}
            width={Math.max(step - 2, 1)}
            height={height(minute[of])}
            rx="1"
          />
        ))}
        {minutes.length > 1 &&
          [0, 30, minutes.length - 1].map((index, place) => (
            <text key={index} class="scale" x={place === 2 ? WIDTH : index * step} y={HEIGHT - 4} text-anchor={place === 2 ? 'end' : 'start'}>
              {label(index)}
            </text>
          ))}
      </svg>
    </figure>
  )
}
