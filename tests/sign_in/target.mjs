// Takes orders from those who can sign in by a token, a key or a password, with one bug at most: as target.py does.
// The environment says how, with what, and which bug it has.

import { createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";

const { KIND, BUG = "", ISSUER, AUDIENCE, JWKS, SECRET, TYPE, KEYS, PLACE, HOOK, PORT, PATIENCE } = process.env;
const SKEW = 60;
const TIMEOUT_MS = Number(PATIENCE) * 1000;
const LIMIT = 1 << 20;
const held = { keys: null, at: 0 };

class Refused extends Error {}

const same = (a, b) => a.length === b.length && timingSafeEqual(a, b);
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const utf8 = (bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function coded(text, alphabet) {
  if (!/^[\w-]*$/.test(text) && alphabet === "base64url") throw new Refused();
  return Buffer.from(text, alphabet);
}

async function fetched(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" });
  if (!answer.ok) throw new Refused();
  return answer.json();
}

async function keys(kid) {
  const stale = held.keys !== null && kid !== undefined && held.keys.every((key) => key.kid !== kid);
  if (held.keys === null || (stale && Date.now() - held.at > 1000)) {
    try {
      const found = (await fetched(JWKS)).keys;
      if (!Array.isArray(found)) throw new Refused();
      held.keys = found;
    } catch {
      if (BUG === "open-without-keys") return [];
      throw new Refused();
    }
    held.at = stale ? Date.now() : 0;
  }
  return held.keys;
}

function checkSignature(jwk, text, signature) {
  const key = createPublicKey({ key: jwk, format: "jwk" });
  if (BUG === "zero-signature" && jwk.kty === "EC" && signature.every((byte) => byte === 0)) return;
  const hash = jwk.kty === "OKP" ? null : "sha256";
  const how = jwk.kty === "EC" ? { key, dsaEncoding: "ieee-p1363" } : key;
  if (!verify(hash, text, how, signature)) throw new Refused();
}

async function verified(header, text, signature) {
  const alg = String(header.alg);
  const { kid } = header;
  if (BUG === "no-signature") return;
  if ((BUG === "none" && alg === "none") || (BUG === "none-in-any-case" && alg.toLowerCase() === "none")) return;
  if (BUG === "stripped" && signature.length === 0) return;
  if (BUG === "brings-its-key" && header.jwk) return checkSignature(header.jwk, text, signature);
  if (["key-at-address", "certificate-at-address"].includes(BUG) && (header.jku ?? header.x5u)) {
    await fetched(header.jku ?? header.x5u);
  }
  if (BUG === "key-name-is-path" && typeof kid === "string" && kid.includes("/") && existsSync(kid)) {
    if (same(hmac(readFileSync(kid), text), signature)) return;
  }
  if (SECRET !== undefined) {
    const guesses = [SECRET, ...(BUG === "guessed" ? ["secret"] : [])];
    if (alg !== "HS256" || !guesses.some((guess) => same(hmac(guess, text), signature))) throw new Refused();
    return;
  }
  const known = await keys(kid);
  if (BUG === "open-without-keys" && known.length === 0) return;
  const jwk = known.find((key) => kid === undefined || key.kid === kid);
  if (jwk === undefined && BUG === "any-key") return;
  if (jwk === undefined) throw new Refused();
  if (BUG === "public-key-as-secret" && alg === "HS256") {
    const pem = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" });
    if (same(hmac(pem, text), signature)) return;
    throw new Refused();
  }
  if (alg !== jwk.alg) throw new Refused();
  checkSignature(jwk, text, signature);
}

function checkClaims(claims, header) {
  const now = Date.now() / 1000;
  if (!isObject(claims)) throw new Refused();
  const { exp, nbf, aud, iss } = claims;
  const right = BUG === "whole-seconds" ? Number.isInteger : Number.isFinite;
  if (BUG !== "no-end" && (!right(exp) || exp + (BUG === "long-skew" ? 3600 : SKEW) < now)) throw new Refused();
  if (BUG !== "no-beginning" && nbf !== undefined && (!Number.isFinite(nbf) || nbf - SKEW > now)) throw new Refused();
  const issuerLeftOut = BUG === "no-issuer-needed" && iss === undefined;
  if (BUG !== "no-issuer" && !issuerLeftOut && iss !== ISSUER) throw new Refused();
  const several = Array.isArray(aud) && BUG !== "one-audience" ? aud : [aud];
  const fits = (one) => (BUG === "part-of-audience" ? String(one).includes(AUDIENCE) : one === AUDIENCE);
  const audienceLeftOut = BUG === "no-audience-needed" && aud === undefined;
  if (BUG !== "no-audience" && !audienceLeftOut && !several.some(fits)) throw new Refused();
  if (BUG !== "no-crit" && "crit" in header) throw new Refused();
  if (TYPE !== undefined && BUG !== "no-type" && header.typ !== TYPE) throw new Refused();
  const usual = ["iss", "aud", "sub", "iat", "nbf", "exp", "jti"];
  if (BUG === "known-claims-only" && !Object.keys(claims).every((name) => usual.includes(name))) throw new Refused();
  const heads = ["alg", "typ", "kid", "jwk", "jku", "x5u", "crit"];
  if (BUG === "known-headers-only" && !Object.keys(header).every((name) => heads.includes(name))) throw new Refused();
}

async function byToken(request) {
  const [, word = "", value = ""] = /^(\S+) ?(.*)$/.exec(request.headers.authorization ?? "") ?? [];
  const right = BUG === "scheme-with-case" ? word === "Bearer" : word.toLowerCase() === "bearer" || BUG === "any-scheme";
  if (!right) throw new Refused();
  const parts = value.trim().split(".");
  if (parts.length === 2 && BUG === "two-parts") return JSON.parse(coded(parts[1], "base64url")).sub;
  if (parts.length !== 3) throw new Refused();
  const header = JSON.parse(utf8(coded(parts[0], "base64url")));
  if (!isObject(header)) throw new Refused();
  await verified(header, Buffer.from(`${parts[0]}.${parts[1]}`), coded(parts[2], "base64url"));
  const claims = JSON.parse(utf8(coded(parts[1], "base64url")));
  checkClaims(claims, header);
  request.scope = claims.scope;
  return String(claims.sub);
}

function shownKey(request) {
  const [place, name] = PLACE.split(":");
  if (place === "header") return request.headers[name.toLowerCase()];
  if (place === "query") return new URL(request.url, "http://x").searchParams.get(name) ?? undefined;
  const cookies = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim().split("="));
  return cookies.find(([key]) => key === name)?.[1];
}

async function byKey(request) {
  const shown = shownKey(request);
  if (BUG === "undefined" && String(shown) === "undefined") return "user-1";
  if (shown === undefined || (shown === "" && BUG !== "empty")) throw new Refused();
  const bugs = {
    beginning: (key) => key.startsWith(shown),
    empty: (key) => shown === "" || key === shown,
    longer: (key) => shown.startsWith(key),
    "no-case": (key) => key.toLowerCase() === shown.toLowerCase(),
    pattern: (key) => shown === key || shown === "%",
    any: () => true,
  };
  const right = bugs[BUG] ?? ((key) => same(Buffer.from(key), Buffer.from(shown)));
  const place = KEYS.split(",").findIndex(right);
  if (place < 0) throw new Refused();
  return `user-${place + 1}`;
}

async function byPassword(request) {
  const [, word = "", value = ""] = /^(\S+) ?(.*)$/.exec(request.headers.authorization ?? "") ?? [];
  const right = BUG === "scheme-with-case" ? word === "Basic" : word.toLowerCase() === "basic" || BUG === "any-scheme";
  if (!right) throw new Refused();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value) && BUG !== "not-coded") throw new Refused();
  const text = BUG === "not-coded" && value.includes(":") ? value : utf8(Buffer.from(value, "base64"));
  const colon = text.indexOf(":");
  if (colon < 0 && BUG !== "no-colon") throw new Refused();
  let user = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? "" : text.slice(colon + 1);
  const password = BUG === "each-colon" ? rest.split(":")[0] : rest;
  const numbers = [1, 2, 3].filter((n) => `USER_${n}` in process.env);
  const accounts = numbers.map((n) => ({ user: process.env[`USER_${n}`], password: process.env[`PASSWORD_${n}`] }));
  if (BUG === "any-user" && !accounts.some((one) => one.user === user)) {
    user = accounts.find((one) => one.password === password)?.user ?? user;
  }
  const place = accounts.findIndex((one) => one.user === user);
  if (place < 0) throw new Refused();
  const known = accounts[place].password;
  const bugs = {
    "no-password": () => true,
    "no-colon": () => password === known || colon < 0,
    "empty-password": () => password === known || password === "",
    beginning: () => password !== "" && known.startsWith(password),
    longer: () => password.startsWith(known),
    "any-password": () => accounts.some((one) => one.password === password),
  };
  if (!(bugs[BUG] ?? (() => same(Buffer.from(known), Buffer.from(password))))()) throw new Refused();
  return `user-${place + 1}`;
}

const WAYS = { jwt: byToken, "api-key": byKey, basic: byPassword };

async function bodyOf(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > LIMIT) throw new Error("too long");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function order(request) {
  if (request.url.split("?")[0] !== "/orders") return [404];
  if (request.method !== "POST") return [405, { Allow: "POST" }];
  let caller;
  try {
    caller = await WAYS[KIND](request);
  } catch {
    return [401, { "WWW-Authenticate": KIND === "jwt" ? "Bearer" : "Basic" }];
  }
  // Of tokens, those with the scope of a reader may not order.
  const reader = caller === process.env.READER || request.scope === "orders:read";
  const mayNot = reader && BUG !== "permission-not-checked";
  if (mayNot && BUG !== "sent-although-forbidden") return [403];
  const type = (request.headers["content-type"] ?? "").split(";")[0].trim().toLowerCase();
  if (type !== "application/json") return [415];
  let wanted;
  try {
    wanted = JSON.parse(utf8(await bodyOf(request)));
  } catch {
    return [400];
  }
  if (!isObject(wanted) || typeof wanted.item !== "string" || wanted.item === "") return [422];
  try {
    const answer = await fetch(`${HOOK}/orders`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ item: wanted.item, by: caller }),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    const taken = mayNot ? 403 : 201;
    return [answer.status === 204 ? taken : 502];
  } catch (error) {
    if (error.name === "TimeoutError") return [504];
    return [["ECONNREFUSED", "UND_ERR_CONNECT_TIMEOUT"].includes(error.cause?.code) ? 503 : 502];
  }
}

const server = createServer(async (request, response) => {
  const [status, headers = {}] = await order(request).catch(() => [500]);
  response.writeHead(status, headers).end();
});
server.listen(Number(PORT), "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
