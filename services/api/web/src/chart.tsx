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

const STEP = 10
const HEIGHT = 100

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
  const width = STEP * Math.max(minutes.length, 1)
  const height = (n: number): number => (n / scale) * HEIGHT
  const labels = [0, 20, 40, minutes.length - 1].flatMap((index) => minutes[index]?.at ?? [])
  const sentence = sum === 0 ? `No ${unit} in the last hour.` : `${count(sum, unit)}, ${most.toLocaleString('en-US')} in the busiest minute.`
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong> <span>{sentence}</span>
      </figcaption>
      <p class="scale" aria-hidden="true">
        {scale.toLocaleString('en-US')}
      </p>
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <line class="grid" x1="0" x2={width} y1="0.5" y2="0.5" />
        <line class="grid" x1="0" x2={width} y1={HEIGHT / 2} y2={HEIGHT / 2} />
        {minutes.map((minute, index) => (
          <rect
            key={minute.at}
            class={of}
            x={index * STEP + 1}
            y={HEIGHT - height(minute[of])}
            width={STEP - 2.5}
            height={height(minute[of])}
          />
        ))}
        <line class="axis" x1="0" x2={width} y1={HEIGHT} y2={HEIGHT} />
      </svg>
      <p class="scale hours" aria-hidden="true">
        {labels.map((at) => (
          <span key={at}>{clock.minute(new Date(at))}</span>
        ))}
      </p>
    </figure>
  )
}
