// Sends the event. The SDK makes up to five attempts, has no time limit, and takes 4xx for a reason to try again.
// Here all attempts of one event have one time limit, which ends them, and there are two: a caller waits for them.

import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { Inngest } from 'inngest';
import { Refusal } from './problems.js';
import { call, timeoutMs } from './upstream.js';

const MOST_ATTEMPTS = 2;
const current = new AsyncLocalStorage();

// The address and the key come from INNGEST_BASE_URL and INNGEST_EVENT_KEY.
const inngest = new Inngest({ id: 'route', fetch: (url, options) => current.getStore().attempt(url, options) });

/** Sends the event and returns when the ingest has acknowledged it; throws a 502, 503 or 504. */
export async function sendEvent(user, appSettings) {
  const event = {
    // The same on each attempt: by it the ingest stores the event once.
    id: randomUUID(),
    name: 'app/route.requested',
    v: '1',
    ts: Date.now(),
    user,
    // The event API drops top-level keys that it does not know.
    data: { appSettings },
  };
  const attempts = new Attempts(timeoutMs());
  const sent = current.run(attempts, () => inngest.send(event));
  await attempts.outcome(sent);
}

// The SDK looks at `status` and `error` of the body alone. The ingest answers 200 to nothing at all, too.
function isAcknowledgement(answer) {
  if (answer.status !== 200) {
    return false;
  }
  const { status, error, ids } = parse(answer.body) ?? {};
  return status === 200 && !error && Array.isArray(ids) && ids.length === 1 && typeof ids[0] === 'string' && ids[0] !== '';
}

function parse(bytes) {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** The attempts to send one event, in one time limit. When it is over, or the last of them has failed, none follows. */
class Attempts {
  #over = new AbortController();
  #timer;
  #count = 0;
  #pending = false;
  #last = new Refusal(504, 'the ingest was not asked in time');

  constructor(milliseconds) {
    this.#timer = setTimeout(() => this.#over.abort(), milliseconds);
  }

  /** Returns what the SDK's `send` returns; throws how the last attempt ended, when they fail or the time is over. */
  async outcome(sent) {
    const ended = new Promise((_resolve, reject) => {
      this.#over.signal.addEventListener('abort', () => reject(this.#reason()));
    });
    try {
      return await Promise.race([sent, ended]);
    } catch {
      throw this.#reason();
    } finally {
      clearTimeout(this.#timer);
    }
  }

  /** Makes one attempt, in place of `fetch`. */
  async attempt(url, { method, headers, body }) {
    const { signal } = this.#over;
    signal.throwIfAborted();
    this.#count += 1;
    this.#pending = true;
    try {
      const answer = await call(url, { method, headers, body, signal });
      if (isAcknowledgement(answer)) {
        return new Response(answer.body);
      }
      throw new Refusal(502, `the ingest answers ${answer.status}, and acknowledges nothing`);
    } catch (error) {
      this.#pending = false;
      this.#last = error;
      if (this.#count === MOST_ATTEMPTS) {
        this.#over.abort();
      }
      throw error;
    }
  }

  #reason() {
    return this.#pending ? new Refusal(504, 'the ingest did not answer in time') : this.#last;
  }
}
