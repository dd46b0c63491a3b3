// The settings in force, with those marked that somebody set; they are changed in the file.
import { badge, note, table } from "../pieces.js";
import { el, outside } from "../dom.js";
import { get } from "../api.js";
import { plural } from "../format.js";

const PER_TABLE = 100;

// Words of the manual: what stands in backticks is code.
const inWords = (text = "") =>
  text.split("`").map((part, i) => (i % 2 ? el("code", outside(part)) : outside(part, 600)));

const cells = ({ key, value, about, default: isDefault }) => [
  [el("code", key), !isDefault && [" ", badge("set", "accent")]],
  el(isDefault ? "code" : "code.set", outside(value, 1000)),
  inWords(about),
];

function section({ name, about, keys }, wanted, isOnlySet) {
  const found = keys.filter(
    (one) =>
      (!isOnlySet || !one.default) &&
      (!wanted || `${name}.${one.key} ${one.value} ${one.about ?? ""}`.toLowerCase().includes(wanted)),
  );
  if (!found.length) return null;
  return el(
    "section.panel",
    el("h2", el("code", name ? `[${name}]` : "at the top")),
    about && note(inWords(about)),
    table(
      `Settings ${name ? `of ${name}` : "at the top"}`,
      ["key", "value", "what it does|wide"],
      found.slice(0, PER_TABLE).map(cells),
    ),
  );
}

export async function show(place, { signal }) {
  const told = await get("/v1/settings", {}, signal);
  const box = el("div.settings");
  const filter = el("input", {
    type: "search",
    id: "filter",
    autocomplete: "off",
    maxlength: 100,
    input: () => paint(),
  });
  const onlySet = el("input", { type: "checkbox", id: "only-set", change: () => paint() });
  const said = el("p.faint", { role: "status" });
  const paint = () => {
    const shown = told.sections
      .map((one) => section(one, filter.value.trim().toLowerCase(), onlySet.checked))
      .filter(Boolean);
    box.replaceChildren(...shown);
    said.textContent = plural(box.querySelectorAll("tbody tr").length, "setting");
  };
  place.replaceChildren(
    note("Read only: they are changed in the settings' file, and gatepost reload takes them. Secrets are not shown."),
    el("p.buttons", el("label", { for: "filter" }, "Filter"), filter, el("label", onlySet, " only what was set"), said),
    box,
  );
  paint();
}
