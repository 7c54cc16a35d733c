// Who calls: a platform, named by the URL of its profile, which says what it is called and where its webhooks go.

import { Refusal } from './answers.mjs';
import { isText } from './body.mjs';

const MAX_BYTES = 65_536;
const MAX_URL_CHARACTERS = 500;
const AFTER_A_PREFIX = /^([/?][!-~]*)?$/;
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
const isName = isText(1, 80);

/** Creates addresses that may be called, `PUBLIC=PRIVATE`: outgoing requests leave by a gateway, where they are private. */
export function createPlace(text) {
  const [, publicly, privately] = /^([^=]*)=(.*)$/s.exec(text);

  return {
    /** Whether a URL is one of them. */
    has(url) {
      const fits = url.startsWith(publicly) && url.length <= MAX_URL_CHARACTERS;
      return fits && AFTER_A_PREFIX.test(url.slice(publicly.length));
    },
    /** Returns the URL that is called in place of one of them. */
    reached: (url) => privately + url.slice(publicly.length),
  };
}

/** Creates what tells who calls, and reads profiles. */
export function createPlatforms(registry, webhooks, timeoutMs) {
  async function get(url, signal) {
    let answer;
    try {
      answer = await fetch(url, { redirect: 'manual', headers: { 'Accept-Encoding': 'identity' }, signal });
      return { status: answer.status, body: await readBytes(answer) };
    } catch (error) {
      if (error instanceof Refusal) {
        throw error;
      }
      throw new Refusal(UNREACHABLE.has(error.cause?.code) ? 503 : 502);
    }
  }

  async function getTwice(url, signal) {
    try {
      return await get(url, signal);
    } catch {
      // A kept connection may have been closed meanwhile, and a GET is safe to repeat.
      return get(url, signal);
    }
  }

  return {
    /** Returns the platform that calls: the URL of its profile. */
    caller(request) {
      const named = request.headersDistinct['x-platform'] ?? [];
      if (named.length !== 1 || !registry.has(named[0])) {
        throw new Refusal(403);
      }
      return named[0];
    },

    /** Returns the profile of a platform as it is now: one that moves is called where it is now. */
    async profile(platform) {
      const signal = AbortSignal.timeout(timeoutMs);
      let answer;
      try {
        answer = await getTwice(registry.reached(platform), signal);
      } catch (error) {
        throw signal.aborted ? new Refusal(504) : error;
      }
      if (answer.status !== 200) {
        throw new Refusal(502);
      }
      const { name, webhook } = parse(answer.body) ?? {};
      if (!isName(name) || typeof webhook !== 'string' || !webhooks.has(webhook)) {
        throw new Refusal(502);
      }
      return { name, webhook: webhooks.reached(webhook) };
    },
  };
}

async function readBytes(answer) {
  const chunks = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > MAX_BYTES) {
      throw new Refusal(502);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(body) {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    throw new Refusal(502);
  }
}
