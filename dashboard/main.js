// The page: which view is open, who looks at it, and how the gate is.
import { ask, isLoggedIn, Problem, whoAmI } from "./api.js";
import { badge, isNetwork, notice, renewTimes, skeleton } from "./pieces.js";
import { live, refreshStatus, start, stop } from "./live.js";
import { el } from "./dom.js";
import { plural, visible } from "./format.js";

// Each module exports `show(place, {path, query, signal, reload})`, which fills `place`.
const VIEWS = {
  now: ["Now", () => import("./views/now.js")],
  history: ["History", () => import("./views/history.js")],
  overlap: ["Overlap of checks", () => import("./views/overlap.js")],
  jail: ["Jail", () => import("./views/jail.js")],
  address: ["Address", () => import("./views/address.js")],
  verdict: ["Verdict", () => import("./views/address.js")],
  networks: ["Networks", () => import("./views/networks.js")],
  network: ["Network", () => import("./views/network.js")],
  health: ["Health", () => import("./views/health.js")],
  alarms: ["Alarms", () => import("./views/alarms.js")],
  settings: ["Settings in force", () => import("./views/settings.js")],
};
const AGAIN_AFTER = 5_000; // milliseconds
const PLACE_OF = { address: "jail", verdict: "jail", network: "networks" };

const view = document.getElementById("view");
let leaving = new AbortController();
let known = null; // a promise of who we are

// "#/jail/blocked?sort=until"
function route() {
  const [path, tail = ""] = location.hash.slice(2).split("?");
  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  const [name, ...rest] = path.split("/").map(decoded);
  const query = Object.fromEntries(
    tail
      .split("&")
      .filter(Boolean)
      .map((pair) => {
        const at = pair.indexOf("=");
        return at < 0 ? [decoded(pair), ""] : [decoded(pair.slice(0, at)), decoded(pair.slice(at + 1))];
      }),
  );
  return { name: name in VIEWS ? name : "now", path: rest, query };
}

function markPlace(name) {
  for (const link of document.querySelectorAll("#places a")) {
    const here = link.getAttribute("href") === `#/${PLACE_OF[name] ?? name}`;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

const inWords = (problem) =>
  visible(problem instanceof Problem ? problem.message : `This page has a fault: ${problem.message}`);

// In place of the view.
function say(place, problem) {
  place.replaceChildren(
    notice(
      "bad",
      el("p", { role: "alert" }, inWords(problem)),
      el("p", el("button", { type: "button", click: () => open() }, "Try again")),
    ),
  );
}

// Until the gate is back; what it refuses, and a fault of the page, would only come again.
function tryAgain(problem, signal) {
  if (!(problem instanceof Problem) || (problem.status >= 400 && problem.status < 500)) return;
  const timer = setTimeout(() => open(true), AGAIN_AFTER);
  signal.addEventListener("abort", () => clearTimeout(timer));
}

function unreachable() {
  throw new Problem(0, "the gate cannot be reached");
}

async function login() {
  stop();
  leaving.abort();
  Object.assign(live, { status: null, sessions: [], missed: 0 });
  document.getElementById("hostname").textContent = "";
  document.getElementById("standing").replaceChildren(badge("not logged in"));
  document.getElementById("logout").hidden = true;
  const { show } = await import("./views/login.js");
  show(view, () => {
    known = null;
    open();
  });
}

// `isQuiet`: the data anew, where one is.
async function open(isQuiet = false) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { name, path, query } = route();
  const [title, load] = VIEWS[name];
  document.title = `${title} · gatepost`;
  markPlace(name);
  const place = el("div", { id: "content" }, skeleton());
  if (!isQuiet) view.replaceChildren(el("h1", { tabindex: -1 }, title), place);
  try {
    known ??= whoAmI().then(begin, (problem) => {
      known = null;
      throw problem;
    });
    const [module] = await Promise.all([load().catch(unreachable), known]);
    if (signal.aborted) return;
    await module.show(place, { name, path, query, signal, reload: () => open(true) });
    if (isQuiet && !signal.aborted) view.querySelector("#content").replaceWith(place);
  } catch (problem) {
    if (signal.aborted || problem.status === 401) return;
    const old = view.querySelector("#content");
    if (old.querySelector("[role=alert]")?.textContent !== inWords(problem)) {
      old.replaceWith(place);
      say(place, problem);
    }
    tryAgain(problem, signal);
  }
}

function begin() {
  document.getElementById("logout").hidden = !isLoggedIn();
  start();
  refreshStatus().catch(() => {});
}

// ---- what stands above all views

function showStanding() {
  const { status, link } = live;
  const standing = document.getElementById("standing");
  const words = [];
  if (status) {
    document.getElementById("hostname").textContent = visible(status.hostname);
    words.push(badge(status.mode, status.mode === "enforce" ? "good" : "mid"));
    words.push(
      status.well
        ? badge("all is well", "good")
        : el("a", { href: "#/alarms", class: "badge bad" }, `${plural(status.advice.length, "thing")} to do`),
    );
  }
  if (link === "lost") words.push(badge("not live: trying again", "mid"));
  // It is read aloud when it changes.
  if (standing.textContent !== words.map((word) => word.textContent).join("")) standing.replaceChildren(...words);
}
live.addEventListener("status", showStanding);
live.addEventListener("link", showStanding);

document.getElementById("lookup").addEventListener("submit", (event) => {
  event.preventDefault();
  const what = new FormData(event.target).get("what").trim();
  const isWho = /^[0-9.]+(\/\d+)?$|^[0-9a-f:.]*:[0-9a-f:.]*(\/\d+)?$/i.test(what);
  const kind = !isWho ? "verdict" : isNetwork(what) ? "network" : "address";
  location.hash = `#/${kind}/${encodeURIComponent(what)}`;
  event.target.reset();
});

document.getElementById("logout").addEventListener("click", async () => {
  await ask("POST", "/v1/logout").catch(() => {});
  login();
});

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  view.focus();
});

addEventListener("unauthorized", login);
addEventListener("hashchange", async () => {
  if (location.hash && !location.hash.startsWith("#/")) return;
  await open();
  view.querySelector("h1")?.focus({ preventScroll: true });
  scrollTo(0, 0);
});
setInterval(renewTimes, 1000);
await open();
// So that each view opens at once, even while the gate is away.
for (const [, load] of Object.values(VIEWS)) load().catch(() => {});
