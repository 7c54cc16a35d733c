// Bookings of rooms, and an event to the one who books. Run it with `node server.mjs`; it listens on 127.0.0.1, at PORT.

import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import express from 'express';

const MAX_BYTES = 16_384;
const RECEIVER_MS = Number(process.env.RECEIVER_MS ?? 5_000);
const DRAIN_MS = 10_000;
const LONGEST = { room: 20, guest: 80, notifyUrl: 2000 };

// Who may book: `KEYS=alice:key-of-alice,bob:key-of-bob`.
const accounts = (process.env.KEYS ?? '').split(',').map((pair) => pair.split(':'));
const digest = (text) => createHash('sha256').update(text).digest();

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

function signIn(request, _response, next) {
  const shown = digest(request.get('X-Api-Key') ?? '');
  const [account] = accounts.find(([, key]) => key && timingSafeEqual(digest(key), shown)) ?? [];
  if (account === undefined) {
    throw new Refusal(401, 'The key is not known.');
  }
  request.account = account;
  next();
}

// Two lengths may disagree on where the body ends (RFC 9112 section 6.1), and two hosts on whose request it is (3.2).
function oneMeaning(request, response, next) {
  const lengths = 'content-length' in request.headers && 'transfer-encoding' in request.headers;
  if (lengths || request.headersDistinct.host?.length > 1) {
    response.set('Connection', 'close');
    throw new Refusal(400, 'The request has two meanings.');
  }
  next();
}

function onlyJson(request, _response, next) {
  if (!request.is('application/json')) {
    throw new Refusal(415, 'The body is not JSON.');
  }
  next();
}

const isText = (value, most) => typeof value === 'string' && value !== '' && [...value].length <= most;

// What `new URL` repairs, such as a line break, is refused.
const isUrl = (text) => /^https?:\/\/[!-~]+$/.test(text) && URL.canParse(text);

function checked(body) {
  const right =
    typeof body === 'object' &&
    body !== null &&
    !Array.isArray(body) &&
    Object.keys(body).every((name) => name === 'nights' || Object.hasOwn(LONGEST, name)) &&
    Object.keys(LONGEST).every((name) => !Object.hasOwn(body, name) || isText(body[name], LONGEST[name])) &&
    Object.hasOwn(body, 'room') &&
    Object.hasOwn(body, 'guest') &&
    Number.isInteger(body.nights) &&
    body.nights >= 1 &&
    body.nights <= 30 &&
    (!Object.hasOwn(body, 'notifyUrl') || isUrl(body.notifyUrl));
  if (!right) {
    throw new Refusal(422, 'This is no booking.');
  }
  return body;
}

// Returns when the receiver has taken the event, else throws. A redirect is a failure.
async function notify(url, event) {
  let status = 0;
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Connection: 'close' },
      body: JSON.stringify(event),
      redirect: 'manual',
      signal: AbortSignal.timeout(RECEIVER_MS),
    });
    await answer.body?.cancel();
    status = answer.status;
  } catch {
    throw new Refusal(502, 'The receiver can not be reached.');
  }
  if (status < 200 || status > 299) {
    throw new Refusal(502, 'The receiver refused the event.');
  }
}

async function book(request, response) {
  const { room, guest, nights, notifyUrl } = checked(request.body);
  const id = randomUUID();
  if (notifyUrl !== undefined) {
    await notify(notifyUrl, { type: 'room.booked', booking: id, account: request.account, room, guest, nights });
  }
  response.status(201).json({ id, room });
}

// Express knows an error handler by its four parameters.
function refuse(error, _request, response, _next) {
  const status = error.status ?? 500;
  if (status >= 500 && !(error instanceof Refusal)) {
    console.error(error);
  }
  const message = error instanceof Refusal ? error.message : 'The request can not be read.';
  response.status(status).json({ error: message });
}

const app = express();
app.disable('x-powered-by');
app.enable('case sensitive routing');
app.enable('strict routing');
app.use(oneMeaning);
app
  .route('/bookings')
  .post(signIn, onlyJson, express.json({ limit: MAX_BYTES, strict: false, type: () => true }), book)
  .all((_request, response) => response.set('Allow', 'POST').status(405).json({ error: 'Only POST is known here.' }));
app.use((_request, response) => response.status(404).json({ error: 'There is nothing here.' }));
app.use(refuse);

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', (error) => {
  if (error) {
    throw error;
  }
});

function drain() {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  setTimeout(() => process.exit(1), DRAIN_MS).unref();
}

process.on('SIGTERM', drain);
process.on('SIGINT', drain);
