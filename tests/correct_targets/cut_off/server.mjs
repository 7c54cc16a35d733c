// The route in Node.js, as examples/node has it, but for the body: it is read until it is over the limit, and then
// answered 413 with `Connection: close`. That is right (RFC 9112 section 9.6), and leaves a trap for a client: what it
// has sent behind the body by then is parsed and served, and the answer to it is thrown away.

import { createServer } from 'node:http';
import { readEnvironment } from '../../../examples/node/environment.mjs';
import { buildEvent } from '../../../examples/node/event.mjs';
import { sendEvent } from '../../../examples/node/ingest.mjs';
import { Refusal, send, sendProblem } from '../../../examples/node/problems.mjs';
import { readUser, sessionKey } from '../../../examples/node/session.mjs';
import { readSettings } from '../../../examples/node/settings.mjs';

const MAX_BYTES = 65_536;
const environment = readEnvironment(process.env);
const key = sessionKey(environment.sessionSecret);

async function readBody(request) {
  const chunks = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > MAX_BYTES) {
        reject(new Refusal(413, undefined, { Connection: 'close' }));
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => reject(new Refusal(400)));
  });
}

function checkBody(request, bytes) {
  if (bytes.length === 0) {
    return;
  }
  const type = request.headers['content-type'] ?? '';
  if (type.split(';')[0].trim().toLowerCase() !== 'application/json' || 'content-encoding' in request.headers) {
    throw new Refusal(415);
  }
  let value;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new Refusal(400);
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || Object.keys(value).some((name) => name !== 'data')) {
    throw new Refusal(422);
  }
}

async function answer(request, response) {
  const [path] = request.url.split('?', 1);
  if (path === '/healthz') {
    send(response, 200, 'text/plain; charset=utf-8', 'ready\n');
    return;
  }
  if (path !== '/api/route') {
    throw new Refusal(404);
  }
  if (request.method !== 'POST') {
    throw new Refusal(405, undefined, { Allow: 'POST' });
  }
  const user = readUser(request, key);
  checkBody(request, await readBody(request));
  const settings = await readSettings(environment);
  await sendEvent(environment, buildEvent(user, settings));
  send(response, 200, 'application/json', JSON.stringify({ success: 'true' }));
}

const server = createServer(async (request, response) => {
  try {
    await answer(request, response);
  } catch (error) {
    sendProblem(response, error instanceof Refusal ? error.status : 500, error.headers ?? {});
    request.resume();
  }
});
server.listen(environment.port, environment.host);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
