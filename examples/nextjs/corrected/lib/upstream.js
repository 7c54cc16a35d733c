// One call to an upstream, and what can become of it.

import { Refusal } from './problems.js';

const MAX_ANSWER_BYTES = 1024 * 1024;
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** How long an upstream may take, second attempts included, milliseconds. */
export function timeoutMs() {
  return Number(process.env.UPSTREAM_TIMEOUT_MS ?? 5000);
}

/** The connection failed: another attempt may do better. */
export class ConnectionFailure extends Refusal {}

/**
 * Makes one call and reads the whole answer: `{ status, body }`, where `body` is a Buffer.
 * Throws a 502, 503 or 504. No message holds the URL: the ingest's has the event key in it.
 */
export async function call(url, options) {
  try {
    // Another host is no business of what is sent here.
    const answer = await fetch(url, { ...options, cache: 'no-store', redirect: 'manual' });
    return { status: answer.status, body: await readAll(answer) };
  } catch (error) {
    throw asRefusal(error, options.signal);
  }
}

async function readAll(answer) {
  const chunks = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) {
      throw new Refusal(502, 'the answer is too long');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function asRefusal(error, signal) {
  if (error instanceof Refusal) {
    return error;
  }
  if (signal.aborted) {
    return new Refusal(504, 'no answer in time');
  }
  const code = error.cause?.code ?? error.code;
  return new ConnectionFailure(UNREACHABLE.has(code) ? 503 : 502, `the call failed: ${code ?? error.name}`);
}
