// Conditional requests (RFC 9110 section 13): a change of what was seen, and no answer that is known.

import { createHash } from 'node:crypto';
import { json, Refusal } from './answers.mjs';

const LIST = /^[ \t,]*((W\/)?"[\x21\x23-\x7e\x80-\xff]*"([ \t]*,[ \t,]*|[ \t]*$))*$/;
const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

/** Returns the entity tag of what is shown: another one whenever something else is shown. */
export function tagOf(shown) {
  return `"${createHash('sha256').update(JSON.stringify(shown)).digest('hex').slice(0, 24)}"`;
}

/** Refuses a change of what is not as the caller has seen it; a weak tag is no proof of that. */
export function checkMatch(request, shown, { required = false } = {}) {
  const listed = request.headers['if-match'];
  if (listed === undefined && required) {
    throw new Refusal(428);
  }
  if (listed !== undefined && !isAmong(tagOf(shown), listed)) {
    throw new Refusal(412);
  }
}

/** Returns what is shown, or 304 where the caller has it already. */
export function answerRead(request, shown) {
  const tag = tagOf(shown);
  const listed = request.headers['if-none-match'];
  if (listed !== undefined && isAmong(tag, listed, { weakly: true })) {
    return { status: 304, headers: { ETag: tag } };
  }
  return json(200, shown, { ETag: tag });
}

/** Returns what is there after a change. */
export function answerChanged(shown, status = 200, location = undefined) {
  return json(status, shown, { ETag: tagOf(shown), ...(location === undefined ? {} : { Location: location }) });
}

function isAmong(tag, listed, { weakly = false } = {}) {
  if (listed.trim() === '*') {
    return true;
  }
  // What is no list of tags can be true of nothing.
  const tags = LIST.test(listed) ? listed.match(TAG) ?? [] : [];
  return tags.some((one) => tag === (weakly ? one.replace(/^W\//, '') : one));
}
