// Conditional requests (RFC 9110 section 13): a change of what was seen, and no answer that is known.

import { json, Refusal } from './answers.mjs';

const LIST = /^[ \t,]*((W\/)?"[\x21\x23-\x7e\x80-\xff]*"([ \t]*,[ \t,]*|[ \t]*$))*$/;
const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

/** Returns the entity tag of a ticket: its version, which each change makes another one. */
export function tagOf(ticket) {
  return `"${ticket.version}"`;
}

/** Refuses a change of what is not as the caller has seen it; a weak tag is no proof of that. */
export function checkMatch(request, ticket) {
  const listed = request.headers['if-match'];
  if (listed !== undefined && !isAmong(tagOf(ticket), listed)) {
    throw new Refusal(412);
  }
}

/** Returns a ticket, or 304 where the caller has it already. */
export function answerRead(request, ticket) {
  const tag = tagOf(ticket);
  const listed = request.headers['if-none-match'];
  if (listed !== undefined && isAmong(tag, listed, { weakly: true })) {
    return { status: 304, headers: { ETag: tag } };
  }
  return json(200, ticket, { ETag: tag });
}

/** Returns a ticket after a change. */
export function answerChanged(ticket) {
  return json(200, ticket, { ETag: tagOf(ticket) });
}

function isAmong(tag, listed, { weakly = false } = {}) {
  if (listed.trim() === '*') {
    return true;
  }
  // What is no list of tags can be true of nothing.
  const tags = LIST.test(listed) ? listed.match(TAG) ?? [] : [];
  return tags.some((one) => tag === (weakly ? one.replace(/^W\//, '') : one));
}
