// Answers: JSON, and problem details (RFC 9457) that say no more than the status does.

import { STATUS_CODES } from 'node:http';

export const lifecycle = { draining: false };

/** Thrown where a request can go no further; `status` is what the caller is told. */
export class Refusal extends Error {
  constructor(status, headers = {}) {
    super(STATUS_CODES[status]);
    this.status = status;
    this.headers = status === 401 ? { 'WWW-Authenticate': 'ApiKey', ...headers } : headers;
  }
}

/** Returns an answer with JSON in it. */
export function json(status, value, headers = {}) {
  return { status, body: JSON.stringify(value), headers: { 'Content-Type': 'application/json', ...headers } };
}

/** Returns problem details. */
export function problem(status, headers = {}) {
  const body = JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status });
  return { status, body, headers: { 'Content-Type': 'application/problem+json', ...headers } };
}

/** Sends an answer. */
export function send(response, { status, body = '', headers = {} }) {
  response.writeHead(status, {
    ...([204, 304].includes(status) ? {} : { 'Content-Length': Buffer.byteLength(body) }),
    'Cache-Control': 'no-store',
    ...(lifecycle.draining ? { Connection: 'close' } : {}),
    ...headers,
  });
  response.end(body);
}
