// What the tests of the web page stand on: a database of their own, handoff-api on a free port, a browser.

import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const token = 'a-token-for-the-tests-of-the-page'
const binDir = process.env.HANDOFF_BIN_DIR ?? join(root, 'build', 'dev', 'bin')
const webDir = process.env.HANDOFF_WEB_DIR ?? join(root, 'build', 'web')
const chromium = '/usr/bin/chromium'

// Ends the process with 77 (skipped) where a part is missing, or fails where all are required.
export function requireParts() {
  const missing = [
    [!process.env.HANDOFF_TEST_DATABASE_URL, 'HANDOFF_TEST_DATABASE_URL is not set: the page needs a real PostgreSQL'],
    [!existsSync(join(binDir, 'handoff-api')), `there is no handoff-api in ${binDir}: build it`],
    [!existsSync(join(webDir, 'index.html')), `there is no page in ${webDir}: build it (npm run build in services/api/web)`],
    [!existsSync(chromium), `there is no ${chromium}: run deploy/dev install tests`],
    [!existsSync(join(root, 'tests', 'web', 'node_modules', 'playwright-core')), 'playwright-core is not installed: npm ci in tests/web'],
  ].filter(([is]) => is)
  if (missing.length === 0) return
  for (const [, words] of missing) console.error(words)
  process.exit(process.env.HANDOFF_REQUIRE === 'all' ? 1 : 77)
}

// Asks until the answer is true; the only way to wait here.
export async function until(what, ask, seconds = 15) {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    if (await ask()) return
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

// The reference moment of the sample: 10:04 of today in the plan's zone.
export function referenceMoment() {
  const now = new Date()
  const local = new Intl.DateTimeFormat('en-US', { timeZone: 'America/Los_Angeles', hourCycle: 'h23', hour: 'numeric', minute: 'numeric' })
  const { hour, minute } = Object.fromEntries(local.formatToParts(now).map((part) => [part.type, Number(part.value)]))
  const reference = new Date(now.getTime() - ((hour - 10) * 60 + minute - 4) * 60_000)
  reference.setUTCSeconds(0, 0)
  return reference
}

export class Database {
  constructor() {
    this.admin = process.env.HANDOFF_TEST_DATABASE_URL
    this.name = `ho_web_${process.pid}`
    const url = new URL(this.admin)
    url.pathname = `/${this.name}`
    this.url = url.toString()
  }

  async create(reference) {
    await this.psql(this.admin, '-c', `create database ${this.name}`)
    const migrations = join(root, 'deploy', 'sql')
    for (const file of readdirSync(migrations).sort()) await this.psql(this.url, '-1', '-f', join(migrations, file))
    await this.psql(this.url, '-v', `reference=${reference.toISOString()}`, '-f', join(root, 'tests', 'support', 'workspace.sql'))
  }

  drop() {
    return this.psql(this.admin, '-c', `drop database if exists ${this.name} with (force)`)
  }

  // The first column of the first row.
  async sql(statement) {
    return (await this.psql(this.url, '-c', statement)).split('\n')[0]
  }

  // With what the services say after a change.
  async change(statement) {
    return this.sql(`with changed as (select ${statement} as it) select it, pg_notify('handoff_task', '') from changed`)
  }

  async psql(url, ...words) {
    const { stdout } = await run('psql', ['-X', '-q', '-A', '-t', '-F', '\n', '-v', 'ON_ERROR_STOP=1', '-d', url, ...words])
    return stdout.trim()
  }
}

export class Api {
  constructor(database, { open }) {
    this.database = database
    this.open = open
    this.folder = mkdtempSync(join(tmpdir(), 'handoff-web-'))
    this.tokenFile = join(this.folder, 'token')
    writeFileSync(this.tokenFile, `${token}\n`, { mode: 0o600 })
    this.port = 0
  }

  get url() {
    return `http://127.0.0.1:${this.port}`
  }

  async start() {
    this.process = spawn(join(binDir, 'handoff-api'), ['--api-address', `127.0.0.1:${this.port}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        HANDOFF_DATABASE_URL: this.database.url,
        HANDOFF_API_TOKEN_FILE: this.tokenFile,
        HANDOFF_API_OPEN_ON_LOOPBACK: this.open ? 'yes' : 'no',
        HANDOFF_ADMIN_ADDRESS: '',
        HANDOFF_FEEDS_DIR: join(root, 'deploy', 'feeds'),
        HANDOFF_WEB_DIR: webDir,
      },
    })
    this.ended = new Promise((resolve) => this.process.once('exit', resolve))
    this.log = []
    createInterface({ input: this.process.stderr }).on('line', (line) => this.take(line))
    let status = null
    void this.ended.then((code) => (status = code))
    await until('handoff-api to serve', () => {
      if (status !== null) throw new Error(`handoff-api ended with ${status}:\n${this.log.join('\n')}`)
      return this.serving && this.listening
    })
    return this
  }

  take(line) {
    this.log.push(line)
    const entry = JSON.parse(line)
    if (entry.message === 'serving') {
      this.serving = true
      this.port = entry.port
    }
    if (entry.message === 'listening') this.listening = true
  }

  async stop() {
    this.serving = this.listening = false
    if (!this.process) return
    this.process.kill('SIGTERM')
    await this.ended
    this.process = null
  }

  async remove() {
    await this.stop()
    rmSync(this.folder, { recursive: true })
  }

  // As a program would, with the token.
  async call(method, path, body, headers = {}) {
    const response = await fetch(this.url + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body ? { 'Content-Type': 'application/json' } : {}), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    return { status: response.status, body: text ? JSON.parse(text) : null }
  }
}

export async function launch() {
  const { chromium: playwright } = await import('playwright-core')
  return playwright.launch({
    executablePath: chromium,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}
