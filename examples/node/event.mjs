// The event that the route sends.

import { randomUUID } from 'node:crypto';

/** Builds one event. Its id is the same on each attempt: by it the ingest stores the event once. */
export function buildEvent(user, appSettings) {
  return {
    id: randomUUID(),
    name: 'app/route.requested',
    v: '1',
    ts: Date.now(),
    user,
    data: { appSettings },
  };
}
