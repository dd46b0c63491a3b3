// All that is known of an address, or of one verdict: its state, its sentence, and its sessions on a line of time.
import {
  badge,
  exactly,
  facts,
  findings,
  note,
  notice,
  panel,
  ROWS,
  table,
  verdictLink,
  when,
  whoLink,
} from "../pieces.js";
import { button, except, forget, jailByHand, release } from "../act.js";
import { count, duration, moment, rough } from "../format.js";
import { el, outside } from "../dom.js";
import { get, lines, mayAct, of } from "../api.js";
import { networkStory } from "./network.js";
import { timeLine } from "./time_line.js";

const SPAN = 14 * 86400; // seconds of sessions that are shown
const MOST = 2000; // sessions on the line

function sessionRow(session) {
  const to = session.recipients ?? [];
  return [
    el("time", { title: moment(session.time) }, moment(session.time).slice(5, 16)),
    [
      badge(session.verdict),
      session.observed && [" ", badge("observed")],
      session.verdict_id ? el("small", verdictLink(session.verdict_id)) : null,
    ],
    outside(session.helo ?? "", 80),
    session.sender === "" ? "<>" : outside(session.sender ?? "", 80),
    [outside(to[0] ?? "", 80), to.length > 1 && ` and ${to.length - 1} more`],
    [findings(session.findings ?? []), session.label ? badge(session.label) : null],
  ];
}

async function sessionsPanel(story, signal) {
  const now = story.now;
  let { rows, more } = await lines("/v1/sessions", { address: story.address, since: now - SPAN, limit: MOST }, signal);
  let from = now - SPAN;
  if (more) {
    // the page has the oldest; of who comes so often the last day says enough
    from = now - 86400;
    ({ rows, more } = await lines("/v1/sessions", { address: story.address, since: from, limit: MOST }, signal));
  }
  if (!rows.length) rows = [...story.sessions].reverse();
  if (!rows.length) return panel("Sessions", note("None is in the journal."));
  from = Math.max(from, Math.min(rows[0].time, story.jail?.since ?? now) - 60);
  rows.reverse();
  return panel(
    "Sessions",
    timeLine(rows, story.jail ?? story.last_jail, Math.min(from, now - 3600), now),
    more && note(`Only the first ${count(MOST)} of the last day are shown.`),
    table(
      "The last sessions",
      ["began", "verdict", "called itself|wide", "from|text", "to|wide text", "what was found|wide"],
      rows.map(sessionRow),
    ),
    rows.length > ROWS && note(`The last ${ROWS} of ${count(rows.length)}; gatepost journal has all.`),
  );
}

// ---- what is known

function standing(story) {
  const { record, blocked, exception } = story;
  return panel(
    "Standing",
    facts([
      ["state", [badge(story.state), story.observed && [" ", badge("observed")]]],
      [
        "score",
        [
          rough(record.score),
          `: ${count(record.ham)} ham, ${count(record.spam)} spam, ${count(record.missed_spam)} missed`,
        ],
      ],
      ["strikes", count(record.strikes)],
      ["messages let in", count(record.passed)],
      ["first seen", exactly(record.first_seen)],
      ["last seen", exactly(record.last_seen)],
      ["last let in", record.last_passed && when(record.last_passed)],
      ["known good until", story.good_until && when(story.good_until)],
      ["a user wrote to it", story.written_to && when(story.written_to)],
      ["waits for its greeting", duration(story.wait_seconds)],
      ["exempt by its name", story.exempt_by_name && el("code", story.exempt_by_name)],
      ["spared the jail", story.spared && "yes"],
      ["in grace until", story.grace_until && when(story.grace_until)],
      [
        "blocked",
        blocked && [
          `its score is below ${blocked.below}`,
          blocked.trial ? [", a message is let in ", when(blocked.trial)] : "",
        ],
      ],
      [
        "excepted",
        exception && [
          outside(exception.network ?? exception.domain ?? exception.recipient),
          ` by ${exception.source} `,
          outside(exception.reason ?? ""),
        ],
      ],
      ["note", record.note && outside(record.note, 200)],
      ["comes from", story.own && "this host itself"],
    ]),
  );
}

function sentence(title, jail) {
  if (!jail) return null;
  return panel(
    title,
    facts([
      ["for", [outside(jail.reason, 120), jail.detail ? el("small", outside(jail.detail, 400)) : null]],
      ["by", outside(jail.source ?? "")],
      ["network", jail.network && whoLink(jail.network)],
      ["since", exactly(jail.since)],
      ["until", exactly(jail.until)],
      ["length", duration(jail.seconds)],
      ["strikes", count(jail.strikes)],
      ["the next would be", duration(jail.next_seconds)],
      ["is answered", jail.answer],
      ["refused outside by", jail.outside?.join(", ")],
      ["may come again", jail.parole && "as mail servers do, and is let in then"],
      ["was released", jail.released && "yes"],
      ["binds", jail.observed && "no: it is only observed"],
      ["verdict", jail.verdict_id && verdictLink(jail.verdict_id)],
    ]),
  );
}

function asked(verdict) {
  if (!verdict) return null;
  return panel(
    "The verdict asked for",
    facts([
      ["verdict", [badge(verdict.verdict), verdict.observed && [" ", badge("observed")]]],
      ["id", el("code", outside(verdict.id))],
      ["at", [moment(verdict.time), " (", when(verdict.time), ")"]],
      ["door", verdict.door],
      ["called itself", outside(verdict.helo ?? "")],
      ["from", verdict.sender === "" ? "<>" : verdict.sender && outside(verdict.sender)],
      ["to", verdict.recipients?.length && outside(verdict.recipients.join(", "), 400)],
    ]),
    findings(verdict.findings ?? []),
  );
}

function heard(story) {
  const around = story.neighbourhood ?? [];
  return [
    panel("What the checks say of it now", findings(story.checks ?? [])),
    around.length > 0 &&
      panel(
        null,
        table(
          "Its neighbourhood: clients of which mail was praised or blamed",
          ["network", "ham|number", "spam|number"],
          around.map((one) => [outside(one.network, 80), rough(one.ham_clients), rough(one.spam_clients)]),
        ),
      ),
    story.words &&
      panel(
        null,
        table(
          "What was said of its mail",
          ["when", "word", "by", "counted as"],
          story.words.map((word) => [
            when(word.time),
            badge(word.word),
            [outside(word.source, 60), ` (${word.by})`],
            word.counted.join(", ") || "nothing",
          ]),
        ),
      ),
  ];
}

function deeds(story, reload) {
  if (!mayAct()) return null;
  const { address, jail } = story;
  const whom = [{ network: address }, ...(story.rdns_confirmed ? [{ domain: story.rdns }] : [])];
  return el(
    "p.buttons",
    jail && !jail.network && button("Release", () => release(address, jail, reload), "main"),
    button("Except", () => except(whom, reload)),
    button(jail ? "Ban for longer" : "Ban", () => jailByHand(address, jail, reload)),
    button("Forget", () => forget(address, () => {}), "danger"),
  );
}

export async function show(place, { name, path, signal, reload }) {
  const what = path[0] ?? "";
  const story = await get(name === "verdict" ? `/v1/verdicts/${encodeURIComponent(what)}` : of(what), {}, signal);
  if (story.network) return place.replaceChildren(...networkStory(story, reload));
  const sessions = await sessionsPanel(story, signal);
  const parts = [
    el("p.title", outside(story.address), " ", badge(story.state)),
    story.rdns
      ? el("p", outside(story.rdns, 300), story.rdns_confirmed ? " (leads back to it)" : " (does not lead back to it)")
      : note("No name is known of it."),
    deeds(story, reload),
    story.mode === "observe" && notice("mid", "Mode observe: nothing is refused."),
    asked(story.asked),
    el(
      "div.columns",
      standing(story),
      sentence("In jail", story.jail),
      sentence("Last sentence", story.last_jail),
      sentence("Observed sentence", story.observed_jail),
      heard(story),
    ),
    sessions,
  ];
  return place.replaceChildren(...parts.filter(Boolean));
}
