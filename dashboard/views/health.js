// Whether everything that the gate leans on is well: doors, DNS, lists, enforcers, ledger, logs.
import { badge, facts, note, notice, panel, table, wellness, when } from "../pieces.js";
import { bytes, count, duration, percent } from "../format.js";
import { el, outside } from "../dom.js";
import { get } from "../api.js";
import { live } from "../live.js";

const trouble = (thing) => [wellness(thing), thing.trouble ? el("small.bad", outside(thing.trouble, 400)) : null];

const doors = (list = []) =>
  panel(
    null,
    table(
      "Doors",
      ["door", "state", "listens on", "behind it|wide"],
      list.map((door) => [
        el("code", door.door),
        trouble(door),
        outside(door.listen.join(", ")),
        door.backend !== undefined
          ? [outside(door.backend), door.tls ? ", TLS" : ", no TLS"]
          : `${count(door.connections)} connections, ${count(door.clients)} clients, ${count(door.refused)} refused`,
      ]),
    ),
  );

function dns(told) {
  if (!told) return panel("DNS", note("Nothing was asked yet."));
  return panel(
    "DNS",
    facts([
      ["state", wellness(told)],
      ["servers", outside(told.servers.join(", "))],
      ["asked", `${count(told.asked)}, ${count(told.in_flight)} under way`],
      ["from memory", `${count(told.from_cache)}, ${count(told.cached)} kept`],
      ["found, none", `${count(told.found)}, ${count(told.none)}`],
      ["no answer, late", `${count(told.unknown)}, ${count(told.late)}`],
      ["refused", count(told.refused)],
      ["mean answer", duration(told.latency_mean)],
    ]),
  );
}

const lists = (list = []) =>
  panel(
    null,
    table(
      "DNS lists",
      [
        "list",
        "state",
        "asked|number",
        "listed|number",
        "alone|number wide",
        "no answer|number wide",
        "errors|number wide",
        "mean|number",
        "95 %|number wide",
      ],
      list.map((one) => [
        outside(one.name, 80),
        [badge(one.state), one.trouble ? el("small.bad", outside(one.trouble, 300)) : null],
        count(one.asked),
        count(one.listed),
        count(one.alone),
        count(one.unknown),
        count(one.errors),
        duration(one.latency_mean),
        duration(one.latency_p95),
      ]),
      "none is asked",
    ),
  );

const enforcers = (list = []) =>
  panel(
    null,
    table(
      "Enforcers",
      ["where", "state", "bans|number", "refused|number", "repaired|number wide"],
      list.map((one) => [outside(one.name), trouble(one), count(one.bans), count(one.refused), count(one.repaired)]),
      "bans are carried nowhere else",
    ),
  );

const ledger = (told) =>
  panel(
    "Ledger",
    facts([
      ["state", trouble(told)],
      ["space", `${bytes(told.bytes)}, ${percent(told.share_used)} of what it may have`],
      ["clients and others", count(told.records)],
      ["sessions", count(told.sessions)],
      ["messages", count(told.messages)],
      ["lost", told.lost ? count(told.lost) : null],
      ["loss", told.loss && outside(told.loss, 300)],
      [
        "backup",
        told.backup && [
          told.backup.time ? when(told.backup.time) : "",
          told.backup.trouble ? el("small.bad", outside(told.backup.trouble, 300)) : null,
        ],
      ],
    ]),
  );

const logs = (list) =>
  list &&
  panel(
    null,
    table(
      "Logs that are followed",
      ["log", "state", "lines|number", "events|number", "behind|number", "rotations|number wide"],
      list.map((log) => [
        outside(log.log, 200),
        trouble(log),
        count(log.lines),
        count(log.events),
        bytes(log.behind),
        count(log.rotations),
      ]),
    ),
  );

function learned({ learn, maildirs, sandbox }) {
  return [
    learn &&
      panel(
        "Words about mail",
        facts([
          ["heard", count(learn.heard)],
          ["counted", count(learn.counted)],
          ["taken back", count(learn.taken_back)],
          ["filters' verdicts", count(learn.judged)],
          ["without a client", count(learn.unjoined)],
        ]),
      ),
    maildirs &&
      panel(
        "Sorted mail",
        facts([
          ["state", trouble(maildirs)],
          ["Maildirs", count(maildirs.watched)],
          ["messages", count(maildirs.mail)],
          ["spam, ham", `${count(maildirs.spam)}, ${count(maildirs.ham)}`],
        ]),
      ),
    sandbox &&
      panel(
        "Sandbox",
        facts([
          ["Landlock", sandbox.landlock ? `ABI ${sandbox.landlock}` : "not here"],
          ["system calls", sandbox.seccomp ? "limited" : "not limited"],
          ["trouble", sandbox.trouble && outside(sandbox.trouble, 300)],
        ]),
      ),
  ].filter(Boolean);
}

export async function show(place, { signal }) {
  const paint = (status) =>
    place.replaceChildren(
      status.running
        ? note(
            `gatepost ${status.version} at ${status.hostname}`,
            status.uptime_seconds ? `, running for ${duration(status.uptime_seconds)}` : "",
          )
        : notice("bad", "No gate runs."),
      doors(status.doors),
      lists(status.dnsbl),
      enforcers(status.enforce),
      logs(status.follow) ?? "",
      el("div.columns", dns(status.dns), ledger(status.ledger), ...learned(status)),
    );
  paint(await get("/v1/status", {}, signal));
  const timer = setInterval(() => {
    if (!place.contains(document.activeElement)) paint(live.status);
  }, 10_000);
  signal.addEventListener("abort", () => clearInterval(timer));
}
