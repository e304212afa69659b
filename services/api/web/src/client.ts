// Speaking to the API. Every failure is a Failure: with the API's problem document, or without one where the
// service was not reached.

import type { Coordinator, Flow, Problem, Session, Task, TaskPage } from './types'

export class Failure extends Error {
  readonly problem: Problem | null

  constructor(problem: Problem | null) {
    super(problem ? problem.detail : 'The service does not answer.')
    this.problem = problem
  }

  get signedOut(): boolean {
    return this.problem?.status === 401
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const unreadable = { type: 'about:blank', title: 'An answer that cannot be read', status: response.status, detail: '' }
  try {
    return { ...unreadable, ...((await response.json()) as Partial<Problem>) }
  } catch {
    return unreadable
  }
}

async function request(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Response> {
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' }
  if (body !== undefined) {
    init.body = JSON.stringify(body)
    init.headers = { ...headers, 'Content-Type': 'application/json' }
  }
  let response: Response
  try {
    response = await fetch(path, init)
  } catch {
    throw new Failure(null)
  }
  if (!response.ok) throw new Failure(await problemOf(response))
  return response
}

async function get<T>(path: string): Promise<T> {
  return (await request('GET', path)).json() as Promise<T>
}

export const showSession = (): Promise<Session> => get('/v1/session')

// Without a token: for a service that is open on this machine.
export async function openSession(token?: string): Promise<Session> {
  const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {}
  return (await request('POST', '/v1/session', headers)).json() as Promise<Session>
}

export const closeSession = (): Promise<Response> => request('DELETE', '/v1/session')

export const listCoordinators = async (): Promise<Coordinator[]> =>
  (await get<{ coordinators: Coordinator[] }>('/v1/coordinators')).coordinators

export const listTasks = (query: Record<string, string>): Promise<TaskPage> =>
  get(`/v1/tasks?${new URLSearchParams(query).toString()}`)

export const showFlow = (): Promise<Flow> => get('/v1/flow')

export type Action = 'claim' | 'release' | 'complete'

export interface Change {
  action: Action
  coordinator: string
  outcome?: string
  note?: string
}

// `attempt` is the Idempotency-Key: the same for a repeat of the same change.
export async function changeTask(task: Task, change: Change, attempt: string): Promise<Task> {
  const { action, ...body } = change
  const headers = { 'If-Match': `"${task.version}"`, 'Idempotency-Key': attempt }
  return (await request('POST', `/v1/tasks/${task.key}/${action}`, headers, body)).json() as Promise<Task>
}

export function newAttempt(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
