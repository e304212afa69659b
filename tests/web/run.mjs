// The web page in a real browser, on a real handoff-api and PostgreSQL. Screenshots go to build/screenshots.

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { Api, Database, launch, referenceMoment, requireParts, root, token, until } from './parts.mjs'

requireParts()

const { default: AxeBuilder } = await import('@axe-core/playwright')
const screenshots = join(root, 'build', 'screenshots')
const desktop = { width: 1280, height: 900 }
const phone = { width: 390, height: 844 }
const reference = referenceMoment()
const database = new Database()
const api = new Api(database, { open: true })
let browser, ana, context, page, complaints

before(async () => {
  mkdirSync(screenshots, { recursive: true })
  await database.create(reference)
  await api.start()
  browser = await launch()
  ana = (await api.call('GET', '/v1/coordinators')).body.coordinators.find(({ name }) => name === 'Ana Ruiz').id
})

after(async () => {
  await browser?.close()
  await api.remove()
  await database.drop()
})

async function openContext(options = {}) {
  context = await browser.newContext({ viewport: desktop, locale: 'en-US', ...options })
  page = await context.newPage()
  complaints = []
  // Wrong states of the API are answers too; what the page itself does wrong is not.
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load resource')) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.clock.setFixedTime(reference)
}

beforeEach(() => openContext())

afterEach(async () => {
  await context.close()
  assert.deepEqual(complaints, [])
})

// ---- Helpers.

async function openQueue(who = ana, at = api) {
  await page.addInitScript((id) => localStorage.setItem('handoff.coordinator', id), who)
  await page.goto(`${at.url}/#/queue`)
  await page.locator('.summary').waitFor()
}

async function openFlow() {
  await page.goto(`${api.url}/#/flow`)
  await page.locator('.ledger').waitFor()
}

async function assertAccessible(name) {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze()
  const words = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n  ')}`)
  assert.deepEqual(words, [], name)
}

const shoot = (name) => page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })

const card = (title, member) =>
  page
    .locator('.card')
    .filter({ hasText: title })
    .filter({ hasText: member })

const group = (name) => page.getByRole('region', { name })

const notScrolledSideways = () => page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)

// A task of a member of its own, so that tests do not meet on one.
let members = 0
async function newTask(coordinator = 'Ana Ruiz', surname = `Test${++members}`) {
  const id = `T${1000 + members}`
  await database.sql(`select sample.member('${id}', 'Nora', '${surname}', 19700101, '', 'English', '${coordinator}'),
    sample.happened('${id}', '${id}', 'inpatient', 'home', now() - interval '1 day', 'Test Hospital', 'home', '01')`)
  const key = await database.change(`sample.task('${id}', '${id}', 'contact-after-discharge', sample.at(0, '16:00'))`)
  return { key, member: `Nora ${surname}`, id }
}

const title = 'Contact the member within two business days of discharge'
const statusOf = ({ key }) => database.sql(`select status || ' ' || assignee from handoff.task where key = decode('${key}', 'hex')`)

// ---- Signing in.

test('on this machine the page signs in by itself', async () => {
  await page.goto(api.url)
  await page.getByRole('heading', { name: 'My queue' }).waitFor()
  const [cookie] = await context.cookies()
  assert.equal(cookie.httpOnly, true)
  assert.equal(cookie.sameSite, 'Strict')
})

test('elsewhere the token is asked for, and a wrong one is refused in words', async () => {
  const closed = await new Api(database, { open: false }).start()
  try {
    await page.goto(closed.url)
    await page.getByLabel('Token').waitFor()
    await assertAccessible('sign-in')
    await shoot('sign-in')
    await page.getByLabel('Token').fill('not the token')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This is not the token of this service.').waitFor()
    await page.getByLabel('Token').fill(token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'My queue' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'My queue' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Token').waitFor()
  } finally {
    await closed.remove()
  }
})

// ---- The queue.

test('the first visit shows everybody\'s tasks, asks whose queue it is, and remembers', async () => {
  await page.goto(api.url)
  await page.getByText('Whose queue is this?').waitFor()
  await page.getByText('Rosa Delgado').first().waitFor()
  await page.getByText('Ivan Petrov').first().waitFor()
  assert.equal(await page.getByRole('button', { name: 'Claim' }).count(), 0)
  await assertAccessible('first visit')
  await page.getByLabel('Coordinator').selectOption({ label: (await page.locator('option', { hasText: 'Ben Okafor' }).textContent()) ?? '' })
  await page.getByText('Gloria Mendez').first().waitFor()
  await page.reload()
  await page.getByText('Gloria Mendez').first().waitFor()
  assert.equal(await page.getByText('Rosa Delgado').count(), 0)
})

test('the queue tells who, what happened, what to do by when, and why', async () => {
  await openQueue()
  const overdue = group(/^Overdue/).locator('.card')
  assert.equal(await overdue.count(), 1)
  const words = await overdue.innerText()
  for (const part of ['Rosa Delgado', 'Spanish', '(714) 555-0142', title, 'Discharged home from Saint Agnes Medical Center', 'Overdue by 2 days', 'to home on Wed, Nov 18; to be done within 2 business days'])
    assert.ok(words.includes(part), `${part}\n${words}`)
  assert.match(await group(/^Due today/).innerText(), /Minh Tran[\s\S]*Due today 17:00/)
  assert.match(await group(/^Next days/).innerText(), /Farah Rahimi[\s\S]*Left Saint Agnes Medical Center against medical advice[\s\S]*Due tomorrow 17:00/)
  assert.match(await group(/^Needs a look/).innerText(), /Denise Okonkwo[\s\S]*cancelled the discharge[\s\S]*took back what this task rests on[\s\S]*release it/)
  await page.getByText('Done in the last 7 days').click()
  assert.match(await page.locator('details.done').innerText(), /Joon-ho Baek[\s\S]*Told team, by you/)
})

for (const [name, options] of [
  ['desktop', {}],
  ['desktop-dark', { colorScheme: 'dark' }],
  ['phone', { viewport: phone, deviceScaleFactor: 2 }],
  ['phone-dark', { viewport: phone, deviceScaleFactor: 2, colorScheme: 'dark' }],
]) {
  test(`both pages are accessible and fit: ${name}`, async () => {
    await context.close()
    await openContext(options)
    await openQueue()
    await page.getByText('Live', { exact: true }).waitFor()
    await page.locator('details.done > summary').click()
    await card('Contact the member about the emergency visit', 'Minh Tran').getByRole('button', { name: 'Complete' }).click()
    await assertAccessible('queue')
    assert.ok(await notScrolledSideways(), 'the queue scrolls sideways')
    await shoot(`queue-${name}`)
    await openFlow()
    await page.locator('.partitions > summary').click()
    await assertAccessible('flow')
    assert.ok(await notScrolledSideways(), 'the flow scrolls sideways')
    await shoot(`flow-${name}`)
  })
}

test('claiming a task takes it, and releasing gives it back', async () => {
  const task = await newTask()
  await openQueue()
  const own = card(title, task.member)
  await own.getByRole('button', { name: 'Claim' }).click()
  await own.getByText('Claimed by you').waitFor()
  await until('the claim to be written', async () => (await statusOf(task)) === 'claimed ana.ruiz@plan.example')
  await own.getByRole('button', { name: 'Release' }).click()
  await own.getByRole('button', { name: 'Claim' }).waitFor()
  await until('the release to be written', async () => (await statusOf(task)) === 'open')
})

test('a claim shows before the service has answered', async () => {
  const task = await newTask()
  await openQueue()
  let answer
  const held = new Promise((resolve) => (answer = resolve))
  await page.route('**/claim', async (route) => {
    await held
    await route.continue()
  })
  await card(title, task.member).getByRole('button', { name: 'Claim' }).click()
  await card(title, task.member).getByText('Claimed by you').waitFor()
  assert.equal(await statusOf(task), 'open')
  answer()
  await until('the claim to be written', async () => (await statusOf(task)) === 'claimed ana.ruiz@plan.example')
})

test('completing a task asks how it went, and the task moves to what is done', async () => {
  const task = await newTask()
  await openQueue()
  const own = card(title, task.member)
  await own.getByRole('button', { name: 'Complete' }).click()
  await own.getByRole('button', { name: 'Save' }).click()
  await own.getByText('Choose how it went first.').waitFor()
  await own.getByLabel('Left message').check()
  await own.getByLabel('Note').fill('Will call again on Monday.')
  await own.getByRole('button', { name: 'Save' }).click()
  await page.locator('details.done > summary').click()
  await page.locator('details.done .card').filter({ hasText: task.member }).getByText('Left message, by you').waitFor()
  assert.equal(await group(/^Due today/).locator('.card').filter({ hasText: task.member }).count(), 0)
  assert.equal(await database.sql(`select note from handoff.task where key = decode('${task.key}', 'hex')`), 'Will call again on Monday.')
})

test('the queue works by keyboard alone', async () => {
  const task = await newTask()
  await openQueue()
  const own = card(title, task.member)
  await own.getByRole('button', { name: 'Claim' }).focus()
  await page.keyboard.press('Enter')
  await own.getByText('Claimed by you').waitFor()
  await page.waitForFunction(() => document.activeElement?.textContent?.startsWith('Complete'))
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.activeElement?.getAttribute('type') === 'radio')
  await page.keyboard.press('Escape')
  await page.waitForFunction(() => document.activeElement?.textContent?.startsWith('Complete'))
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.activeElement?.getAttribute('type') === 'radio')
  await page.keyboard.press('Space')
  await page.keyboard.press('Tab')
  await page.keyboard.type('By keyboard.')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await until('the task to be done', async () => (await statusOf(task)) === 'done ana.ruiz@plan.example')
})

test('somebody who was faster is named', async () => {
  const task = await newTask()
  const ben = (await api.call('GET', '/v1/coordinators')).body.coordinators.find(({ name }) => name === 'Ben Okafor').id
  await openQueue()
  await card(title, task.member).waitFor()
  let answer
  const held = new Promise((resolve) => (answer = resolve))
  await page.route('**/v1/tasks?*', async (route) => {
    await held
    await route.continue()
  })
  const claim = await api.call('POST', `/v1/tasks/${task.key}/claim`, { coordinator: ben }, { 'If-Match': '"0"' })
  assert.equal(claim.status, 200)
  await card(title, task.member).getByRole('button', { name: 'Claim' }).click()
  await page.getByText('Somebody was faster: claimed by Ben Okafor a moment ago.').waitFor()
  answer()
  await card(title, task.member).getByText('Claimed by Ben Okafor', { exact: true }).waitFor()
  await shoot('conflict')
})

test('a change whose answer got lost is repeated once, not twice', async () => {
  const task = await newTask()
  await openQueue()
  let first = true
  await page.route('**/claim', async (route) => {
    if (!first) return route.continue()
    first = false
    await route.fetch()
    return route.abort()
  })
  await page.route('**/v1/tasks?*', (route) => route.abort())
  await card(title, task.member).getByRole('button', { name: 'Claim' }).click()
  await page.getByText('Press again: it is done once, even if it arrived.').waitFor()
  const [answer] = await Promise.all([
    page.waitForResponse('**/claim'),
    card(title, task.member).getByRole('button', { name: 'Claim' }).click(),
  ])
  assert.equal(answer.status(), 200)
  assert.equal(answer.headers()['idempotency-replayed'], 'true')
  await card(title, task.member).getByText('Claimed by you').waitFor()
  assert.equal(await database.sql(`select count(*) from handoff.task_history where key = decode('${task.key}', 'hex')`), '1')
})

test('a flagged task can be released, and goes away', async () => {
  const task = await newTask()
  await openQueue()
  await card(title, task.member).getByRole('button', { name: 'Claim' }).click()
  await card(title, task.member).getByText('Claimed by you').waitFor()
  await database.change(`(with gone as (delete from derived.transition where member_id = '${task.id}') select 1)`).catch(() => undefined)
  await database.sql(`update derived.task_plan set want = 'withdrawn' where key = decode('${task.key}', 'hex')`)
  await database.sql("select pg_notify('handoff_task', '')")
  const flagged = group(/^Needs a look/).locator('.card').filter({ hasText: task.member })
  await flagged.getByText('after you had begun it').waitFor()
  await flagged.getByRole('button', { name: 'Release' }).click()
  await until('the card to go', async () => (await card(title, task.member).count()) === 0)
})

test('a task that is made elsewhere shows without a reload', async () => {
  await openQueue()
  await page.getByText('Live', { exact: true }).waitFor()
  const loads = []
  page.on('request', (request) => {
    if (request.isNavigationRequest()) loads.push(request.url())
  })
  const task = await newTask()
  await card(title, task.member).waitFor()
  await page.getByText(/\d+ new tasks? came in\./).waitFor({ state: 'attached' })
  assert.deepEqual(loads, [])
})

test('a lost connection is shown, and the page comes back by itself', async () => {
  await openQueue()
  await page.getByText('Live', { exact: true }).waitFor()
  await api.stop()
  await page.getByText('Not live, reconnecting…').waitFor()
  const task = await newTask()
  await api.start()
  await page.getByText('Live', { exact: true }).waitFor({ timeout: 20_000 })
  await card(title, task.member).waitFor()
})

test('an empty queue and a queue that cannot be read say so', async () => {
  const carol = (await api.call('GET', '/v1/coordinators')).body.coordinators.find(({ name }) => name === 'Carol Nakamura').id
  await openQueue(carol)
  await page.getByText('Nothing to do').waitFor()
  await shoot('empty')
  await page.route('**/v1/tasks?*', (route) => route.abort())
  await page.reload()
  await page.getByText('The queue cannot be read').waitFor()
  await assertAccessible('error')
  await shoot('error')
  await page.unroute('**/v1/tasks?*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Nothing to do').waitFor()
})

// ---- The flow.

test('the flow shows that every message is accounted for, and follows live', async () => {
  const read = Number(await database.sql('select sum(next_offset - start_offset) from kafka_offset'))
  await openFlow()
  await page.getByRole('heading', { name: 'Every message is accounted for' }).waitFor()
  assert.ok((await page.locator('.equation').innerText()).includes(read.toLocaleString('en-US')))
  await database.psql(database.url, '-1', '-c', 'update kafka_offset set next_offset = next_offset + 1000 where partition = 0; update ledger set non_member = non_member + 1000 where partition = 0')
  await page.locator('.equation').getByText((read + 1000).toLocaleString('en-US')).first().waitFor()
})

test('the flow says which feeds are silent, what is missing, and who has no feed', async () => {
  await openFlow()
  const feeds = page.getByRole('region', { name: 'Feed by feed' })
  await page.getByRole('heading', { name: 'Feeds 1 silent' }).waitFor()
  assert.match(await feeds.getByRole('row', { name: 'mesa-linda' }).innerText(), /^Silent/)
  assert.match(await feeds.innerText(), /silent since .*\d\d:\d\d: \d+ messages were to be expected/)
  assert.match(await feeds.innerText(), /no birth date: \d+ % of the last day's messages/)
  assert.match(await feeds.getByRole('row', { name: 'harbor-pines' }).innerText(), /^Changed/)
  assert.match(await feeds.getByRole('row', { name: 'st-anne' }).innerText(), /^As usual/)
  assert.match(await feeds.getByRole('row', { name: 'quail-ridge' }).innerText(), /^Being learnt/)
  await page.getByText('1 sender without a feed of their own').click()
  await page.getByText('sending_application: "NEWAPP", sending_facility: "NEWFAC"').waitFor()
  await page.getByText('nothing came of them in eight weeks: arroyo-regional, bayside-nursing, bluff-point, orange-grove-care').waitFor()
})

test('the flow says where the accounts do not balance, and what is on its way', async () => {
  await openFlow()
  await database.psql(database.url, '-1', '-c', "update ledger set matched = matched - 3 where partition = 2; update leg set n = n - 2 where stage = 'applied'")
  await page.getByRole('heading', { name: 'The accounts do not balance in 1 partition' }).waitFor()
  await page.getByText('2 on the way').waitFor()
  await page.locator('.partitions > summary').click()
  await page.getByText('off by 3').waitFor()
  await assertAccessible('flow out of balance')
  await shoot('flow-out-of-balance')
  await database.psql(database.url, '-1', '-c', "update ledger set matched = matched + 3 where partition = 2; update leg set n = n + 2 where stage = 'applied'")
  await page.getByRole('heading', { name: 'Every message is accounted for' }).waitFor()
})
