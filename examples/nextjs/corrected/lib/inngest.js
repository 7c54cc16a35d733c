// Sends the event. The SDK makes up to five attempts, has no time limit, and takes 4xx for a reason to try again:
// here all attempts of one event have one time limit, and what ends them is known.

import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { Inngest } from 'inngest';
import { Refusal } from './problems.js';
import { call, timeoutMs } from './upstream.js';

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
  const { ids } = await attempts.outcome(sent);
  // The ingest answers 200 to nothing at all, too.
  if (!(Array.isArray(ids) && ids.length === 1 && typeof ids[0] === 'string' && ids[0] !== '')) {
    throw new Refusal(502, 'the ingest acknowledges nothing');
  }
}

/** The attempts to send one event: they have one time limit, after which there are no more. */
class Attempts {
  #over = new AbortController();
  #timer;
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
    this.#pending = true;
    let answer;
    try {
      answer = await call(url, { method, headers, body, signal });
    } catch (error) {
      this.#last = error;
      throw error;
    } finally {
      this.#pending = false;
    }
    // The SDK looks at the body alone, which says 200 where the status is another.
    this.#last = new Refusal(502, `the ingest answers ${answer.status}`);
    if (answer.status === 200) {
      return new Response(answer.body);
    }
    if (answer.status < 500) {
      // The same event would be refused again.
      this.#over.abort();
    }
    throw this.#last;
  }

  #reason() {
    return this.#pending ? new Refusal(504, 'the ingest did not answer in time') : this.#last;
  }
}
