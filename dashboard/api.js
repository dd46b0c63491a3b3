// How the gate is asked; what it refuses is a Problem (RFC 9457).

export class Problem extends Error {
  // `status` 0: no answer came. `retryAfter` in seconds, where it was told.
  constructor(status, detail, retryAfter = null) {
    super(detail);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

const LONGEST_WAIT = 60_000; // milliseconds; lists of all that is known take long

const target = (path, query) => {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return text ? `${path}?${text}` : path;
};

const problemOf = async (response) => {
  let detail = `${response.status} ${response.statusText}`;
  try {
    detail = (await response.json()).detail ?? detail;
  } catch {
    /* not from the gate itself: a proxy before it */
  }
  return new Problem(response.status, String(detail), Number(response.headers.get("Retry-After")) || null);
};

// The answer to a request, or a Problem. A 401 is told to the whole page, which asks for a token.
export async function ask(method, path, { query = {}, body, signal, keepalive = false } = {}) {
  const headers = method === "GET" ? {} : { "Gatepost-Request": "1" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const limit = AbortSignal.timeout(LONGEST_WAIT);
  let response;
  try {
    response = await fetch(target(path, query), {
      method,
      headers,
      keepalive,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, limit.aborted ? "the gate did not answer within a minute" : "the gate cannot be reached");
  }
  if (response.ok) return response;
  if (response.status === 401 && path !== "/v1/login") dispatchEvent(new Event("unauthorized"));
  throw await problemOf(response);
}

export const get = async (path, query, signal) => (await ask("GET", path, { query, signal })).json();
export const post = async (path, body, more) => (await ask("POST", path, { body, ...more })).json();
export const remove = async (path, query) => (await ask("DELETE", path, { query })).json();

// The lines of a journal page, and whether there are more.
export async function lines(path, query, signal) {
  const response = await ask("GET", path, { query, signal });
  const rows = (await response.text())
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { rows, more: response.headers.has("Link") };
}

let role = null;
export const whoAmI = async () => {
  role = (await get("/v1/me")).role;
  return role;
};
export const mayAct = () => role === "operator" || role === "local";
export const isLoggedIn = () => role === "operator" || role === "reader";

export const of = (address) => `/v1/addresses/${encodeURIComponent(address)}`;
