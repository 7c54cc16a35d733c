// Error answers: problem details (RFC 9457). They say no more than the contract does: no reason, no address.

import { lifecycle } from './lifecycle.mjs';

const TITLES = {
  400: 'The body is not JSON.',
  401: 'There is no valid session.',
  404: 'There is nothing here.',
  405: 'This method is not allowed here.',
  408: 'The body did not arrive in time.',
  413: 'The body is over the limit.',
  415: 'The body is of another media type.',
  422: 'The body is JSON, and not what is asked for.',
  500: 'Something went wrong here.',
  502: 'An upstream answered wrongly.',
  503: 'An upstream could not be reached.',
  504: 'An upstream did not answer in time.',
};

/** Thrown where a request can go no further; `status` is what the caller is told. */
export class Refusal extends Error {
  constructor(status, reason = TITLES[status], headers = {}) {
    super(reason);
    this.name = 'Refusal';
    this.status = status;
    this.headers = headers;
  }
}

/** Answers with problem details. */
export function sendProblem(response, status, headers = {}) {
  const body = JSON.stringify({ type: 'about:blank', title: TITLES[status], status });
  send(response, status, 'application/problem+json', body, headers);
}

/** Answers with a whole body. */
export function send(response, status, mediaType, body, headers = {}) {
  response.writeHead(status, {
    'Content-Type': mediaType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(lifecycle.draining ? { Connection: 'close' } : {}),
    ...headers,
  });
  response.end(body);
}
