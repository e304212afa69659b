// The webhook receiver of the local environment: takes calls signed as Standard Webhooks says,
// and keeps them to be looked at. It stands in for a partner's system.
//
//   node receiver.mjs PORT SECRET_FILE CALLS_FILE
//
//   POST /hook    204 when the signature holds; 401 when it does not; one line a call in CALLS_FILE
//   GET  /calls   every call taken so far, as JSON
//   GET  /healthz 200
import { createHmac, timingSafeEqual } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const BODY_LIMIT_BYTES = 1024 * 1024;
const TOLERANCE_S = 300;

const [port, secretFile, callsFile] = process.argv.slice(2);
if (!callsFile) {
  console.error('usage: node receiver.mjs PORT SECRET_FILE CALLS_FILE');
  process.exit(2);
}

/** Read anew at each call, so that a changed secret needs no restart. */
function secretKey() {
  const text = readFileSync(secretFile, 'utf8').trim();
  if (!text.startsWith('whsec_')) throw new Error(`${secretFile}: no secret of the form whsec_BASE64`);
  return Buffer.from(text.slice('whsec_'.length), 'base64');
}

/** Why a call is refused, or null when it is genuine. */
function refusal(headers, body) {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (!id || !timestamp || !signatures) return 'a webhook- header is missing';
  if (!/^\d+$/.test(timestamp)) return 'webhook-timestamp is not a number of seconds';
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_S) return 'webhook-timestamp is too far from now';
  const wanted = createHmac('sha256', secretKey()).update(`${id}.${timestamp}.`).update(body).digest();
  const holds = signatures.split(' ').some((signature) => {
    const [version, value] = signature.split(',', 2);
    const given = Buffer.from(value ?? '', 'base64');
    return version === 'v1' && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
  return holds ? null : 'no signature holds';
}

/** The body as bytes, or null when it is beyond the limit. */
async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function answer(response, status, text = '', type = 'text/plain; charset=utf-8') {
  response.writeHead(status, { 'content-type': type });
  response.end(text);
}

async function take(request, response) {
  const body = await readBody(request);
  if (body === null) {
    response.shouldKeepAlive = false;
    return answer(response, 413, `The body is beyond ${BODY_LIMIT_BYTES} bytes.\n`);
  }
  const why = refusal(request.headers, body);
  if (why) {
    console.log(`refused: ${why}`);
    return answer(response, 401, `Refused: ${why}.\n`);
  }
  const call = {
    received_at: new Date().toISOString(),
    id: request.headers['webhook-id'],
    timestamp: Number(request.headers['webhook-timestamp']),
    body: body.toString('utf8'),
  };
  appendFileSync(callsFile, `${JSON.stringify(call)}\n`);
  console.log(`taken: ${call.id}`);
  return answer(response, 204);
}

function calls() {
  if (!existsSync(callsFile)) return '[]\n';
  const lines = readFileSync(callsFile, 'utf8').split('\n').filter(Boolean);
  return `[${lines.join(',\n')}]\n`;
}

async function route(request, response) {
  const { pathname } = new URL(request.url, 'http://receiver');
  if (request.method === 'POST' && pathname === '/hook') return take(request, response);
  if (request.method === 'GET' && pathname === '/calls') return answer(response, 200, calls(), 'application/json');
  if (request.method === 'GET' && pathname === '/healthz') return answer(response, 200, 'ok\n');
  return answer(response, 404, 'There are POST /hook, GET /calls and GET /healthz.\n');
}

const server = createServer((request, response) => {
  route(request, response).catch((error) => {
    console.error(`failed: ${error.message}`);
    if (response.headersSent) response.destroy();
    else answer(response, 500, 'The receiver failed; its log says why.\n');
  });
});
server.listen(Number(port), '127.0.0.1', () => console.log(`listening on 127.0.0.1:${port}`));
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  setTimeout(() => process.exit(0), 1000).unref();
});
