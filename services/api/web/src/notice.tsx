import type { ComponentChildren } from 'preact'

interface Props {
  kind: 'error' | 'plain' | 'good'
  title: string
  action?: { label: string; run: () => void }
  children?: ComponentChildren
}

// A state in words: empty, failed, or good. Errors are announced.
export function Notice({ kind, title, action, children }: Props) {
  return (
    <div class={`notice ${kind}`} role={kind === 'error' ? 'alert' : undefined}>
      <p class="notice-title">{title}</p>
      {children && <p>{children}</p>}
      {action && (
        <button type="button" onClick={action.run}>
          {action.label}
        </button>
      )}
    </div>
  )
}
