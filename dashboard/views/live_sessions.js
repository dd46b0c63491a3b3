// Sessions as they end: a table whose newest row is the first, and which holds still while somebody reads it.
import { badge, findings, row, ROWS, table, verdictLink, whoLink } from "../pieces.js";
import { button } from "../act.js";
import { clock, count, moment, plural } from "../format.js";
import { el, outside } from "../dom.js";
import { live } from "../live.js";

const PAINTED_EACH = 500; // milliseconds, at most
const SAID_EACH = 15_000; // milliseconds between two sentences for those who hear the page
const NAME = "Live: sessions as they end";
const COLUMNS = ["client", "at|time", "from, to|wide text", "verdict", "what was found|wide"];

function cells(session) {
  const { sender, recipients: to = [], findings: found = [], ended = session.time } = session;
  const name = session.rdns ?? session.helo;
  return [
    [whoLink(session.client), name && el("small", outside(name, 60))],
    el("time", { title: moment(ended) }, clock(ended)),
    [
      sender === "" ? "<>" : sender && outside(sender, 60),
      to.length > 0 && el("small", "to ", outside(to[0], 60), to.length > 1 && ` and ${to.length - 1} more`),
    ],
    [
      badge(session.verdict),
      session.observed && [" ", badge("observed")],
      session.verdict_id && el("small", verdictLink(session.verdict_id)),
    ],
    found.length ? findings(found) : session.visits && el("span.faint", plural(session.visits, "connection")),
  ];
}

class LiveSessions {
  constructor() {
    this.table = table(NAME, COLUMNS, [], "nobody yet");
    this.state = el("span.faint");
    this.said = el("p.unseen", { "aria-live": "polite" });
    this.pause = button("Pause", () => this.hold("paused", !this.paused));
    this.pause.setAttribute("aria-pressed", "false");
    this.new = live.sessions.slice();
    this.ended = this.refused = 0; // since it was last said
    for (const name of ["mouseenter", "focusin"]) this.table.addEventListener(name, () => this.hold("read", true));
    for (const name of ["mouseleave", "focusout"]) this.table.addEventListener(name, () => this.hold("read", false));
    this.paint();
  }

  // `why`: "paused" or "read".
  hold(why, isIt) {
    this[why] = isIt;
    this.pause.setAttribute("aria-pressed", Boolean(this.paused));
    this.paint();
  }

  // No session: some were left out.
  take(session) {
    if (session) {
      this.new.unshift(session);
      this.new.length = Math.min(this.new.length, ROWS);
      this.ended += 1;
      this.refused += session.verdict !== "accept";
    }
    this.due ??= setTimeout(() => this.paint(), PAINTED_EACH);
  }

  paint() {
    this.due = null;
    const isHeld = this.paused || this.read;
    if (!isHeld) this.addRows();
    const many = this.new.length >= ROWS ? `${ROWS} or more` : this.new.length;
    this.state.textContent = [
      isHeld && `${many} new, held while ${this.paused ? "paused" : "you are at it"}`,
      live.missed > 0 && `${count(live.missed)} left out: too many at once, or nobody looked`,
    ]
      .filter(Boolean)
      .join(" · ");
  }

  addRows() {
    if (!this.new.length) return;
    const body = this.table.querySelector("tbody");
    body.querySelector(".empty")?.parentElement.remove();
    body.prepend(...this.new.map((session) => row(COLUMNS, cells(session))));
    while (body.rows.length > ROWS) body.lastElementChild.remove();
    this.new = [];
  }

  say() {
    if (this.ended) this.said.textContent = `${plural(this.ended, "session")} ended, ${this.refused} of them refused.`;
    this.ended = this.refused = 0;
  }
}

export function liveSessions(signal) {
  const shown = new LiveSessions();
  live.addEventListener("session", ({ detail }) => shown.take(detail), { signal });
  const timer = setInterval(() => shown.say(), SAID_EACH);
  signal.addEventListener("abort", () => clearInterval(timer));
  const head = el("header", el("h2", NAME), shown.state, shown.pause);
  return el("section.panel.live", head, shown.said, shown.table);
}
