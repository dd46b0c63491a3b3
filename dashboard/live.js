// What the gate tells as it happens: one stream for the whole page, and its last status.
import { get } from "./api.js";

const KEPT = 100; // sessions
const LONGEST_PAUSE = 60_000; // milliseconds between two tries
const STALE = 10_000; // milliseconds; then the status is asked for, for some proxies hold streams back

// Events: "status"; "session", whose detail is a journal line; "link" where `link` changed.
export const live = Object.assign(new EventTarget(), { status: null, sessions: [], missed: 0, link: "connecting" });

let isWanted = false;
let stream = null;
let pause = 1000;
let again = 0;
let heard = 0;
let number = null; // of the last session that was told of

const tell = (name, detail) => live.dispatchEvent(new CustomEvent(name, { detail }));

const setLink = (link) => {
  if (live.link === link) return;
  live.link = link;
  tell("link");
};

const takeStatus = (status) => {
  live.status = status;
  heard = Date.now();
  tell("status", status);
};

const read = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null; // cut off on the way; the next event is whole
  }
};

const takeSession = (event) => {
  number = Number(event.lastEventId);
  const session = read(event.data);
  if (!session) return;
  live.sessions.unshift(session);
  if (live.sessions.length > KEPT) live.sessions.length = KEPT;
  tell("session", session);
};

const close = () => {
  clearTimeout(again);
  stream?.close();
  stream = null;
};

// Too many at once, or they ended while nobody looked.
const miss = (sessions, last) => {
  number = last;
  if (!sessions) return;
  live.missed += sessions;
  tell("session", null);
};

export function stop() {
  isWanted = false;
  number = null;
  close();
}

// The browser mends a lost connection itself; a refusal closes the stream for good, and is tried again here.
export function start() {
  isWanted = true;
  close();
  if (document.hidden) return;
  stream = new EventSource("/v1/events");
  stream.addEventListener("open", () => {
    pause = 1000;
    setLink("live");
  });
  stream.addEventListener("status", (event) => {
    const last = Number(event.lastEventId);
    miss(number === null ? 0 : Math.max(0, last - number), last);
    const status = read(event.data);
    if (status) takeStatus(status);
  });
  stream.addEventListener("session", takeSession);
  stream.addEventListener("missed", (event) => {
    miss(read(event.data)?.sessions ?? 0, Number(event.lastEventId));
  });
  stream.addEventListener("error", () => {
    setLink("lost");
    if (stream?.readyState !== EventSource.CLOSED) return;
    refreshStatus().catch(() => {}); // which tells whether a login is asked for
    again = setTimeout(start, pause);
    pause = Math.min(LONGEST_PAUSE, 2 * pause);
  });
}

// A browser has six connections to a host: tabs that nobody looks at would take them from the others.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) close();
  else if (isWanted) start();
});

export async function refreshStatus() {
  takeStatus(await get("/v1/status"));
}

setInterval(() => {
  if (stream && !document.hidden && Date.now() - heard > STALE) refreshStatus().catch(() => setLink("lost"));
}, STALE);
