// Webhooks: written with what they tell of, and sent from there until they are taken.
//
// The events of a ticket are sent one after the other: a later one waits until the receiver has the earlier one. Those of
// other tickets do not wait for it. What the receiver has is noted after it has said so: a kill between the two sends the
// same event once more, with the same id.

import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSES_MS = [100, 200, 400, 800, 1_000];
const LAST_MS = 5_000;
const MAX_PAUSE_MS = 3_600_000;

/** Returns an event about a ticket: the same id and the same bytes on each attempt. */
export function event(type, ticket) {
  const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data: ticket });
  return { id: `msg_${randomUUID()}`, ticket: ticket.id, body };
}

/** Creates what sends the events of the journal in the background. */
export function createOutbox(url, secret, timeoutMs) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const queues = new Map();
  const underWay = new Map();
  let journal;

  function apply({ event: message, taken }) {
    if (message !== undefined) {
      queues.set(message.ticket, [...(queues.get(message.ticket) ?? []), message]);
    }
    if (taken !== undefined) {
      const rest = (queues.get(taken.ticket) ?? []).filter((one) => one.id !== taken.id);
      if (rest.length > 0) {
        queues.set(taken.ticket, rest);
      } else {
        queues.delete(taken.ticket);
      }
    }
  }

  // The timestamp is that of the attempt.
  function sign({ id, body }) {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
  }

  // Sends it once; returns how long the receiver asks to wait, or nothing: it is done with. A redirect is a failure.
  async function attempt(message) {
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...sign(message) },
        body: message.body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      // What the receiver says beside its status is of no interest.
      answer.body?.cancel().catch(() => {});
      if ((answer.status >= 200 && answer.status < 300) || answer.status === 410) {
        return undefined;
      }
      const asked = answer.headers.get('retry-after') ?? '';
      return /^\d{1,9}$/.test(asked) ? Math.min(Number(asked) * 1000, MAX_PAUSE_MS) : 0;
    } catch {
      // The receiver may be well again soon.
      return 0;
    }
  }

  async function deliver(ticket) {
    while (queues.has(ticket)) {
      const [message] = queues.get(ticket);
      for (let tries = 0, asked; (asked = await attempt(message)) !== undefined; tries += 1) {
        await sleep(Math.max(asked, PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]));
      }
      journal.append({ taken: { id: message.id, ticket } });
    }
  }

  /** Looks again: something was written. */
  function wake() {
    for (const ticket of queues.keys()) {
      if (!underWay.has(ticket)) {
        underWay.set(ticket, deliver(ticket).finally(() => underWay.delete(ticket)));
      }
    }
  }

  /** Begins to send what is there. */
  function start(of) {
    journal = of;
    wake();
  }

  /** Gives what is still to be sent a little time, when the process ends; the rest is sent after the next start. */
  async function end() {
    await Promise.race([Promise.allSettled(underWay.values()), sleep(LAST_MS)]);
  }

  return { apply, end, start, wake };
}
