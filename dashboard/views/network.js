// What is known of a network: its ban, those around and within it, and who is spared.
import { badge, facts, note, panel, table, verdictLink, when, whoLink } from "../pieces.js";
import { banNetwork, button, except, liftNetwork } from "../act.js";
import { el, outside } from "../dom.js";
import { get, mayAct } from "../api.js";

const bans = (title, list) =>
  list.length > 0 &&
  panel(
    null,
    table(
      title,
      ["network", "until", "why", "by|wide"],
      list
        .slice(0, 100)
        .map((ban) => [whoLink(ban.network), when(ban.until), outside(ban.reason, 120), outside(ban.source, 60)]),
    ),
  );

export function networkStory(story, reload) {
  const { network, ban } = story;
  return [
    el("p.title", outside(network), " ", ban ? badge("banned", "bad") : badge("not banned as a whole")),
    mayAct() &&
      el(
        "p.buttons",
        ban
          ? button("Lift the ban", () => liftNetwork(network, ban, reload), "main")
          : button("Ban all of it", () => banNetwork(network, reload)),
        button("Except", () => except([{ network }], reload)),
      ),
    ban
      ? panel(
          "Its ban",
          facts([
            ["since", when(ban.added)],
            ["until", when(ban.until)],
            ["why", outside(ban.reason, 200)],
            ["by", outside(ban.source)],
            ["is answered", ban.answer],
            ["verdict", ban.verdict_id && verdictLink(ban.verdict_id)],
          ]),
        )
      : note("Its clients are judged one by one."),
    bans("Banned networks around it", story.around),
    bans("Banned networks within it", story.within),
    story.exceptions.length > 0 &&
      panel(
        null,
        table(
          "Excepted",
          ["network", "why", "by"],
          story.exceptions
            .slice(0, 100)
            .map((one) => [whoLink(one.network), outside(one.reason, 120), outside(one.source)]),
        ),
      ),
  ].filter(Boolean);
}

export async function show(place, { path, signal, reload }) {
  place.replaceChildren(...networkStory(await get("/v1/bans", { network: path[0] ?? "" }, signal), reload));
}
