// Webhooks: how they are signed (Standard Webhooks), and how often they are tried.

import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSES_MS = [100, 200, 400, 800, 1_000];
const LONGEST_MS = 24 * 3600 * 1000;
const LAST_MS = 5_000;

/** Builds one event for one receiver: the same id and the same bytes on each attempt. */
export function createMessage(url, event, secret) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return { url, key, id: `msg_${randomUUID()}`, body: JSON.stringify(event) };
}

// The timestamp is that of the attempt.
function sign({ id, key, body }) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

// Sends it once; returns `{ status, retryAfterMs }`. A redirect is a failure.
async function attempt(message, signal) {
  const answer = await fetch(message.url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...sign(message) },
    body: message.body,
    redirect: 'manual',
    signal,
  });
  // What the receiver says beside its status is of no interest.
  await answer.body?.cancel();
  const asked = answer.headers.get('retry-after') ?? '';
  return { status: answer.status, retryAfterMs: /^\d+$/.test(asked) ? Number(asked) * 1000 : 0 };
}

const isTaken = (status) => status >= 200 && status < 300;
const isGone = (status) => status === 410;

/** Creates what sends webhooks in the background, until they are taken. */
export function createOutbox(timeoutMs) {
  const underWay = new Set();

  async function deliver(message) {
    const until = Date.now() + LONGEST_MS;
    for (let tries = 0; Date.now() < until; tries += 1) {
      let asked = 0;
      try {
        const { status, retryAfterMs } = await attempt(message, AbortSignal.timeout(timeoutMs));
        if (isTaken(status) || isGone(status)) {
          return;
        }
        asked = retryAfterMs;
      } catch {
        // The receiver may be well again soon.
      }
      await sleep(Math.max(asked, PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]));
    }
    console.error('an event was not taken within a day');
  }

  function put(message) {
    const work = deliver(message).finally(() => underWay.delete(work));
    underWay.add(work);
  }

  /** Gives what is still to be sent a little time, when the process ends. */
  async function end() {
    await Promise.race([Promise.allSettled(underWay), sleep(LAST_MS)]);
  }

  return { put, end };
}
