// Error answers: problem details (RFC 9457). They say no more than the contract does: no reason, no address.

const TITLES = {
  400: 'The body is not JSON.',
  401: 'There is no valid session.',
  405: 'This method is not allowed here.',
  413: 'The body is over the limit.',
  415: 'The body is of another media type.',
  422: 'The body is JSON, and not what is asked for.',
  500: 'Something went wrong here.',
  502: 'An upstream answered wrongly.',
  503: 'An upstream could not be reached.',
  504: 'An upstream did not answer in time.',
};

/** Thrown where a request can go no further; `status` is what the caller gets, the message is for the log. */
export class Refusal extends Error {
  constructor(status, message = TITLES[status]) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
  }
}

/** Returns problem details as an answer. */
export function problem(status, headers = {}) {
  return Response.json(
    { type: 'about:blank', title: TITLES[status], status },
    { status, headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...headers } },
  );
}
