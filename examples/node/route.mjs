// POST /api/route: the settings, the session, one event, and the answer.

import { discardBody, isWaiting, readBody } from './body.mjs';
import { buildEvent } from './event.mjs';
import { sendEvent } from './ingest.mjs';
import { Refusal, send, sendProblem } from './problems.mjs';
import { readUser, sessionKey } from './session.mjs';
import { readSettings } from './settings.mjs';

const PATH = '/api/route';

/** Returns a handler of requests; its promise ends when the work is done, whether or not the client has stayed. */
export function createHandler(environment) {
  const key = sessionKey(environment.sessionSecret);
  return async function handle(request, response) {
    try {
      await answer(request, response, environment, key);
    } catch (error) {
      refuse(request, response, error);
    }
  };
}

async function answer(request, response, environment, key) {
  const [path] = request.url.split('?', 1);
  if (path === '/healthz') {
    send(response, 200, 'text/plain; charset=utf-8', 'ready\n');
    return;
  }
  if (path !== PATH) {
    throw new Refusal(404);
  }
  if (request.method !== 'POST') {
    throw new Refusal(405, undefined, { Allow: 'POST' });
  }
  const user = readUser(request, key);
  await readBody(request, response);
  const settings = await readSettings(environment);
  await sendEvent(environment, buildEvent(user, settings));
  send(response, 200, 'application/json', JSON.stringify({ success: 'true' }));
}

function refuse(request, response, error) {
  const known = error instanceof Refusal;
  const status = known ? error.status : 500;
  if (status >= 500) {
    console.error(known ? `${status}: ${error.message}` : error.stack);
  }
  // What comes next on this connection may be the body or another request.
  const unclear = isWaiting(request) || status === 408;
  sendProblem(response, status, { ...(known ? error.headers : {}), ...(unclear ? { Connection: 'close' } : {}) });
  if (!request.complete) {
    discardBody(request);
  }
}
