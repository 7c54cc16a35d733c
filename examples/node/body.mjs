// The request's body: read within its limit, and checked.

import { Refusal } from './problems.mjs';

const MAX_BYTES = 65_536;
const READ_TIMEOUT_MS = 10_000;
// How much of a refused body is still taken, so that the client gets to read the answer.
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;

const waiting = new WeakSet();

/** Reads the body, and returns its value; undefined when there is none. */
export async function readBody(request, response) {
  const bytes = await readBytes(request, response);
  if (bytes.length === 0) {
    return undefined;
  }
  if (!isJson(request)) {
    throw new Refusal(415);
  }
  const value = parse(bytes);
  check(value);
  return value;
}

async function readBytes(request, response) {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BYTES) {
    throw new Refusal(413);
  }
  // A client that asks first (RFC 9110 section 10.1.1) is told to go on only now.
  if (isWaiting(request)) {
    waiting.delete(request);
    response.writeContinue();
  }
  return new Promise((resolve, reject) => {
    const chunks = [];
    let size = 0;
    const timer = setTimeout(() => finish(reject, new Refusal(408)), READ_TIMEOUT_MS);

    function finish(settle, value) {
      clearTimeout(timer);
      request.off('data', onData);
      settle(value);
    }

    function onData(chunk) {
      size += chunk.length;
      if (size > MAX_BYTES) {
        finish(reject, new Refusal(413));
        return;
      }
      chunks.push(chunk);
    }

    request.on('data', onData);
    request.on('end', () => finish(resolve, Buffer.concat(chunks)));
    // The client went away in the middle: nobody is left to be answered.
    request.on('error', () => finish(reject, new Refusal(400, 'the body broke off')));
  });
}

/** Notes that a client waits to be told to go on before it sends its body. */
export function setWaiting(request) {
  waiting.add(request);
}

/** Whether a client still waits to be told to go on. */
export function isWaiting(request) {
  return waiting.has(request);
}

/** Takes what is left of a body that nobody wants, up to a limit; then the connection ends. */
export function discardBody(request) {
  let size = 0;
  request.on('error', () => request.socket.destroy());
  request.on('data', (chunk) => {
    size += chunk.length;
    if (size > MAX_DISCARDED_BYTES) {
      request.socket.destroy();
    }
  });
  request.resume();
}

function isJson(request) {
  const types = request.headersDistinct['content-type'] ?? [];
  const codings = request.headersDistinct['content-encoding'] ?? [];
  if (types.length !== 1 || codings.some((coding) => coding.trim().toLowerCase() !== 'identity')) {
    return false;
  }
  const [essence, ...parameters] = types[0].split(';').map((part) => part.trim().toLowerCase());
  // JSON is UTF-8 (RFC 8259 section 8.1): a charset can only repeat that, or be false.
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  return essence === 'application/json' && [undefined, 'utf-8', '"utf-8"'].includes(charset?.slice('charset='.length));
}

function parse(bytes) {
  try {
    // Not `bytes.toString()`, which turns what is not UTF-8 into U+FFFD. A byte order mark is no JSON.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new Refusal(400);
  }
}

function check(value) {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || Object.keys(value).some((key) => key !== 'data')) {
    throw new Refusal(422);
  }
}
