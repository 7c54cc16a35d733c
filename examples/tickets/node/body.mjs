// The body of a request: read within its limit, and checked.

import { Refusal } from './answers.mjs';

const MAX_BYTES = 16_384;

// Tells a text of so many characters that can be sent on: half of a surrogate pair can't.
const isText = (least, most) => (value) =>
  typeof value === 'string' && value.isWellFormed() && [...value].length >= least && [...value].length <= most;
const MEMBERS = { title: isText(1, 80), text: isText(1, 500) };

/** Returns what a ticket is to say, and the bytes of the request: all of it, or some. */
export async function readObject(request, response, { whole }) {
  // Where both say where the body ends, they may disagree (RFC 9112 section 6.1).
  if ('content-length' in request.headers && 'transfer-encoding' in request.headers) {
    throw new Refusal(400, { Connection: 'close' });
  }
  if (Number(request.headers['content-length'] ?? 0) > MAX_BYTES) {
    throw new Refusal(413, { Connection: 'close' });
  }
  // A client that asks first (RFC 9110 section 10.1.1) is told to go on only now.
  if (request.headers.expect?.toLowerCase() === '100-continue') {
    response.writeContinue();
  }
  const raw = await readBytes(request);
  if (!isJson(request)) {
    throw new Refusal(415);
  }
  const value = parse(raw);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal(422);
  }
  const names = Object.keys(value);
  const right =
    names.length > 0 &&
    names.every((name) => Object.hasOwn(MEMBERS, name) && MEMBERS[name](value[name])) &&
    (!whole || names.length === Object.keys(MEMBERS).length);
  if (!right) {
    throw new Refusal(422);
  }
  return { value, raw };
}

function readBytes(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let size = 0;
    request.on('data', (chunk) => {
      size += chunk.length;
      if (size > MAX_BYTES) {
        reject(new Refusal(413, { Connection: 'close' }));
      } else {
        chunks.push(chunk);
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    // The client went away in the middle: nobody is left to be answered.
    request.on('error', () => reject(new Refusal(400)));
  });
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

function parse(raw) {
  try {
    // Not `raw.toString()`, which turns what is not UTF-8 into U+FFFD. A byte order mark is no JSON.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw));
  } catch {
    throw new Refusal(400);
  }
}
