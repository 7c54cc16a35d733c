// The request's body: read within its limit, and checked. The route does not use it.

import { Refusal } from './problems.js';

const MAX_BYTES = 65_536;

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
  const chunks = [];
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.length;
      if (size > MAX_BYTES) {
        throw new Refusal(413);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    // A body that breaks off: nobody is left to read the answer.
    throw error instanceof Refusal ? error : new Refusal(400, 'the body broke off');
  }
  return Buffer.concat(chunks);
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
