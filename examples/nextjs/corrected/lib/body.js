// The request's body: read within its limit, and checked. The route does not use it.

import { Refusal } from './problems.js';

const MAX_BYTES = 65_536;
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;

/** Throws a 400, 413, 415 or 422 for a body that the contract does not allow; having none is fine. */
export async function checkBody(request) {
  const bytes = await readBytes(request);
  if (bytes.length === 0) {
    return;
  }
  if (!isJson(request.headers)) {
    throw new Refusal(415);
  }
  const value = parse(bytes);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || Object.keys(value).some((key) => key !== 'data')) {
    throw new Refusal(422);
  }
}

async function readBytes(request) {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BYTES) {
    throw new Refusal(413);
  }
  const reader = request.body?.getReader();
  const chunks = [];
  let size = 0;
  try {
    for (let part = await reader?.read(); part?.done === false; part = await reader.read()) {
      size += part.value.length;
      if (size > MAX_BYTES) {
        break;
      }
      chunks.push(part.value);
    }
  } catch {
    // A body that breaks off: nobody is left to read the answer.
    throw new Refusal(400, 'the body broke off');
  }
  if (size > MAX_BYTES) {
    discard(reader, size);
    throw new Refusal(413);
  }
  return Buffer.concat(chunks);
}

// Next.js stops reading from the connection when a body is given up: the client would wait in vain, for the answer or
// with its next request. So what is left is taken, up to a limit.
async function discard(reader, size) {
  try {
    for (let part = await reader.read(); !part.done && size < MAX_DISCARDED_BYTES; part = await reader.read()) {
      size += part.value.length;
    }
    await reader.cancel();
  } catch {
    // The client has gone: there is nothing left to take.
  }
}

function isJson(headers) {
  const coding = headers.get('content-encoding') ?? 'identity';
  const [essence, ...parameters] = (headers.get('content-type') ?? '').toLowerCase().split(';').map((part) => part.trim());
  // JSON is UTF-8 (RFC 8259 section 8.1): a charset can only repeat that, or be false.
  const charset = parameters.find((parameter) => parameter.startsWith('charset=')) ?? 'charset=utf-8';
  return (
    essence === 'application/json' &&
    coding.toLowerCase() === 'identity' &&
    ['utf-8', '"utf-8"'].includes(charset.slice('charset='.length))
  );
}

function parse(bytes) {
  try {
    // A byte order mark is no JSON, and neither is what is not UTF-8.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new Refusal(400);
  }
}
