// Sending the event, and knowing whether it was taken.

import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from './problems.mjs';
import { call, ConnectionFailure, parseAnswer } from './upstream.mjs';

const PAUSE_MS = 50;

/** Sends one event; returns when the ingest has acknowledged it. */
export async function sendEvent({ ingestUrl, eventKey, timeoutMs }, event) {
  const url = `${ingestUrl}/e/${encodeURIComponent(eventKey)}`;
  const options = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(event),
    // Of both attempts together.
    signal: AbortSignal.timeout(timeoutMs),
  };
  const answer = await postTwice(url, options);
  if (answer.status !== 200) {
    throw new Refusal(502, `the ingest answers ${answer.status}`);
  }
  checkAcknowledgement(parseAnswer(answer.body));
}

// The same bytes, so the same id: a second attempt can't make a second event.
async function postTwice(url, options) {
  try {
    const answer = await call(url, options);
    if (answer.status < 500) {
      return answer;
    }
  } catch (error) {
    if (!(error instanceof ConnectionFailure)) {
      throw error;
    }
  }
  await sleep(PAUSE_MS);
  return call(url, options);
}

// The body's own status counts: the ingest answers 200 to nothing at all, too. Its media type does not.
function checkAcknowledgement(said) {
  const { status, error, ids } = said ?? {};
  const acknowledged = Array.isArray(ids) && ids.length === 1 && typeof ids[0] === 'string' && ids[0] !== '';
  if (status !== 200 || error || !acknowledged) {
    throw new Refusal(502, 'the ingest acknowledges nothing');
  }
}
