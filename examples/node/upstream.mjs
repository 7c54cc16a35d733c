// One call to an upstream, and what can become of it.

import { Refusal } from './problems.mjs';

const MAX_ANSWER_BYTES = 1024 * 1024;
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The connection failed: another attempt may do better. */
export class ConnectionFailure extends Refusal {}

/**
 * Makes one call and reads the whole answer: `{ status, body }`, where `body` is a Buffer.
 * Throws a 502, 503 or 504. No message holds the URL: the ingest's has the event key in it.
 */
export async function call(url, { method = 'GET', headers = {}, body, signal }) {
  try {
    const answer = await fetch(url, {
      method,
      // Asked for as it is: a small answer must not become a big one.
      headers: { 'Accept-Encoding': 'identity', ...headers },
      body,
      signal,
      // Another host is no business of this key.
      redirect: 'manual',
    });
    return { status: answer.status, body: await readAll(answer) };
  } catch (error) {
    throw asRefusal(error, signal);
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

/** Parses an answer's JSON; throws a 502 when it is none. */
export function parseAnswer(bytes) {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal(502, 'the answer is not JSON');
  }
}
