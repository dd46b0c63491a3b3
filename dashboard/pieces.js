// What several views show alike: panels, tables, badges, links, times.
import { el, outside } from "./dom.js";
import { count, fromNow, isForEver, moment, plural } from "./format.js";

export const ROWS = 100; // of a table, at most

export const panel = (title, ...children) => el("section.panel", title && el("h2", title), children);

export const note = (...children) => el("p.note", children);
export const notice = (kind, ...children) => el("div", { class: `notice ${kind}` }, children);
export const skeleton = () => el("div.skeleton", { "aria-hidden": "true" }, el("i"), el("i"), el("i"));

const TONES = {
  accept: "good",
  good: "good",
  excepted: "good",
  well: "good",
  ham: "good",
  tempfail: "mid",
  blocked: "mid",
  neighbour: "mid",
  observed: "faint",
  jail: "bad",
  jailed: "bad",
  reject: "bad",
  drop: "bad",
  spam: "bad",
  missed_spam: "bad",
  suspended: "bad",
  firewall: "bad",
  ill: "bad",
};
export const badge = (word, tone = TONES[word] ?? "faint") => el("span", { class: `badge ${tone}` }, outside(word, 30));
export const wellness = (thing) => badge(thing.well ? "well" : "ill");

// A time in words, kept up to date by the page; the exact one is its title.
export const when = (seconds) => {
  if (seconds === null || seconds === undefined) return el("span.faint", "never");
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return el("span", fromNow(seconds));
  return el("time", { datetime: date.toISOString(), title: moment(seconds), "data-at": seconds }, fromNow(seconds));
};
// The exact time, too, where there is room for it.
export const exactly = (seconds) => [
  when(seconds),
  seconds && !isForEver(seconds) && el("span.faint", ` · ${moment(seconds)}`),
];
export const renewTimes = () => {
  for (const time of document.querySelectorAll("time[data-at]")) {
    const text = fromNow(Number(time.dataset.at));
    if (time.textContent !== text) time.textContent = text;
  }
};

// A client is an address, or the /64 of IPv6 that it stands for; any other network is a place of many.
export const isNetwork = (text) => text.includes("/") && !(text.includes(":") && text.endsWith("/64"));
export const whoLink = (text) => {
  const where = isNetwork(text) ? "network" : "address";
  return el("a", { href: `#/${where}/${encodeURIComponent(text)}`, class: "who" }, outside(text, 80));
};
export const verdictLink = (id) =>
  el("a", { href: `#/verdict/${encodeURIComponent(id)}`, class: "id" }, outside(id, 40));

// A share of the width of its cell, between 0 and 1. The number stands beside it.
export const bar = (share, tone = "") => {
  const filled = el("span", { class: tone });
  filled.style.inlineSize = `${100 * Math.max(0, Math.min(1, share))}%`;
  return el("span.bar", { "aria-hidden": "true" }, filled);
};

export const facts = (pairs) =>
  el(
    "dl.facts",
    pairs
      .filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false)
      .map(([name, value]) => el("div", el("dt", name), el("dd", value))),
  );

// A row of cells. `columns`: "name" or "name|classes", or false, which leaves the column out;
// at 400 px those of class "wide" are left out.
export const row = (columns, cells) =>
  el(
    "tr",
    cells.map(
      (content, i) =>
        columns[i] !== false &&
        el(i ? "td" : "th", { scope: i ? null : "row", class: columns[i].split("|")[1] }, content),
    ),
  );

// `rows`: the cells of each.
export const table = (caption, columns, rows, empty = "none") =>
  el(
    "div.scroll",
    { tabindex: 0, role: "region", "aria-label": caption },
    el(
      "table",
      el("caption", caption),
      el(
        "thead",
        el(
          "tr",
          columns
            .filter((column) => column !== false)
            .map((column) => {
              const [name, classes] = column.split("|");
              return el("th", { scope: "col", class: classes }, el("span", name));
            }),
        ),
      ),
      el(
        "tbody",
        rows.length
          ? rows.slice(0, ROWS).map((cells) => row(columns, cells))
          : el("tr", el("td.empty", { colspan: 20 }, empty)),
      ),
    ),
  );

// On a narrow screen its rows are cards, each value with the name of its column.
export const cards = (box) => {
  const names = [...box.querySelectorAll("thead th")].map((cell) => cell.textContent);
  for (const row of box.querySelector("tbody").rows)
    [...row.cells].forEach((cell, i) => names[i] && cell.setAttribute("data-name", names[i]));
  box.classList.add("cards");
  return box;
};

// Links to the first and the next page of a list behind a cursor.
export const pager = (path, query, { next, total, addresses }) => {
  const link = (text, more) => {
    const pairs = Object.entries({ ...query, ...more }).filter(([, value]) => value);
    const tail = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
    return el("a.button", { href: `#/${path}${tail && "?"}${tail}` }, text);
  };
  return el(
    "p.pager",
    query.after && link("First page", { after: null }),
    next && link("Next page", { after: next }),
    el("span.faint", `${count(addresses.length)} shown`, total !== undefined && `, ${count(total)} in all`),
  );
};

function findingLine({ check, action, points, detail = "" }) {
  const did = action === "points" ? plural(points, "point") : action;
  return el("li", el("code", check), " ", badge(did, TONES[action]), " ", outside(detail, 400));
}
export const findings = (list) => (list.length ? el("ul.findings", list.map(findingLine)) : note("none"));

export const choices = (label, links, kind = "") =>
  el(
    "nav",
    { class: `choices ${kind}`, "aria-label": label },
    links.map(([text, href, chosen]) => el("a", { href, "aria-current": chosen ? "page" : null }, text)),
  );
