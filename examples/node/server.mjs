// Starts the route, and stops it without losing an event: node server.mjs

import { createServer } from 'node:http';
import { setWaiting } from './body.mjs';
import { readEnvironment } from './environment.mjs';
import { lifecycle } from './lifecycle.mjs';
import { createHandler } from './route.mjs';

// What was sent before the signal may still have to be read.
const LAST_CALL_MS = 100;
const LAST_HEAD_MS = 1_000;
// No request takes longer to be read.
const LONGEST_READ_MS = 15_000;
const USAGE_ERROR = 2;

function main() {
  let environment;
  try {
    environment = readEnvironment(process.env);
  } catch (error) {
    console.error(`route: ${error.message}`);
    process.exit(USAGE_ERROR);
  }
  const handle = createHandler(environment);
  const atWork = new Set();

  function onRequest(request, response) {
    const work = handle(request, response).finally(() => atWork.delete(work));
    atWork.add(work);
  }

  const server = createServer({ requestTimeout: LONGEST_READ_MS, headersTimeout: LONGEST_READ_MS }, onRequest);
  // Without this, Node tells each client to go on before the session has been looked at.
  server.on('checkContinue', (request, response) => {
    setWaiting(request);
    onRequest(request, response);
  });
  server.listen(environment.port, environment.host, () => {
    console.log(`route: listening on http://${environment.host}:${server.address().port}`);
  });

  function drain() {
    if (lifecycle.draining) {
      return;
    }
    lifecycle.draining = true;
    setTimeout(() => {
      server.close(async () => {
        // Clients that went away have left their requests behind.
        await Promise.allSettled(atWork);
        process.exit(0);
      });
    }, LAST_CALL_MS);
    // A client that never sends the rest of its head must not keep the process.
    setInterval(() => {
      if (atWork.size === 0) {
        server.closeAllConnections();
      }
    }, LAST_HEAD_MS);
  }

  process.on('SIGTERM', drain);
  process.on('SIGINT', drain);
}

main();
