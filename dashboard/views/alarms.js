// What went wrong, and what to do about it.
import { note, notice, panel, table, when, whoLink } from "../pieces.js";
import { el, outside } from "../dom.js";
import { count } from "../format.js";
import { get } from "../api.js";
import { live } from "../live.js";

function breaker(told) {
  if (!told?.tripped) return null;
  return panel(
    "The breaker",
    el(
      "p",
      "Clients in good standing were refused, so all refusals are temporary. That is over ",
      when(told.until),
      ".",
    ),
    el(
      "ul",
      (told.clients ?? []).slice(0, 100).map((client) => el("li", whoLink(client))),
    ),
  );
}

function paint(place, status) {
  const alarms = [...(status.alarms ?? [])].sort((a, b) => b.last - a.last);
  place.replaceChildren(
    status.advice.length
      ? notice(
          "bad",
          el("h2", "To do"),
          el(
            "ul",
            status.advice.map((text) => el("li", outside(text, 800))),
          ),
        )
      : notice("good", "All is well: there is nothing to do."),
    breaker(status.breaker) ?? "",
    table(
      "Alarms since its start",
      ["last", "what", "in words", "times|number", "first|wide"],
      alarms.map((alarm) => [
        when(alarm.last),
        el("code", alarm.word),
        outside(alarm.text, 800),
        count(alarm.count),
        when(alarm.first),
      ]),
    ),
    note("What ends in -well says that the trouble of that name is over."),
  );
}

export async function show(place, { signal }) {
  let shown = "";
  const take = (status) => {
    const text = JSON.stringify([status.advice, status.alarms, status.breaker]);
    if (text !== shown) paint(place, status);
    shown = text;
  };
  take(await get("/v1/status", {}, signal));
  live.addEventListener("status", ({ detail }) => take(detail), { signal });
}
