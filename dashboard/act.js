// What an operator may do: a reason is asked for, the deed is told of, and each can be undone.
import { apiDuration, duration } from "./format.js";
import { ask, of, post, Problem, remove } from "./api.js";
import { el } from "./dom.js";

const SHOWN = 12_000; // milliseconds that a toast stays
const WAIT = 8_000; // milliseconds that a deed waits which nothing could undo afterwards

// ---- toasts

// `undo` may be nothing. The toast stays while somebody points at it or is in it.
function toast(text, { undo = null, shown = SHOWN, kind = "", onGone = () => {} } = {}) {
  let timer = 0;
  const gone = () => {
    clearTimeout(timer);
    box.remove();
    onGone();
  };
  const stay = () => clearTimeout(timer);
  const leave = () => {
    clearTimeout(timer);
    timer = setTimeout(gone, shown);
  };
  const box = el(
    "div",
    { class: `toast ${kind}`, mouseenter: stay, mouseleave: leave, focusin: stay, focusout: leave },
    el("span", text),
    undo &&
      el(
        "button",
        {
          type: "button",
          click: () => {
            onGone = () => {};
            gone();
            undo();
          },
        },
        "Undo",
      ),
    el("button", { type: "button", class: "quiet", "aria-label": "Dismiss", click: gone }, "×"),
  );
  document.getElementById("toasts").append(box);
  leave();
}

const complain = (problem) =>
  toast(problem instanceof Problem ? problem.message : `failed: ${problem.message}`, { kind: "bad" });

// Told as done; `undo` is the deed that takes it back. `changed(done)` hears of both.
function done(text, undo, undone, changed) {
  changed(true);
  toast(text, {
    undo:
      undo &&
      (async () => {
        try {
          await undo();
          changed(false);
          toast(undone);
        } catch (problem) {
          complain(problem);
        }
      }),
  });
}

// For what the gate cannot take back: it is done when the time for undoing is over, or who acts leaves the page.
function later(text, deed, undone, changed) {
  const run = async (keepalive) => {
    removeEventListener("pagehide", atEnd);
    try {
      await deed({ keepalive });
    } catch (problem) {
      changed(false);
      complain(problem);
    }
  };
  const atEnd = () => run(true);
  addEventListener("pagehide", atEnd);
  changed(true);
  toast(text, {
    shown: WAIT,
    onGone: () => run(false),
    undo: () => {
      removeEventListener("pagehide", atEnd);
      changed(false);
      toast(undone);
    },
  });
}

// ---- dialogs

const field = ({ name, label, options, ...more }) => {
  const control = options
    ? el(
        "select",
        { name, id: `ask-${name}` },
        options.map(([value, text]) => el("option", { value }, text)),
      )
    : el("input", { name, id: `ask-${name}`, autocomplete: "off", ...more });
  return el("p", el("label", { for: `ask-${name}` }, label), control);
};
const REASON = { name: "reason", label: "Reason (kept with it)", maxlength: 100 };
const LENGTHS = [
  ["1h", "1 hour"],
  ["1d", "1 day"],
  ["7d", "7 days"],
  ["30d", "30 days"],
  ["forever", "for ever"],
];

// Asks; `run(values)` does it while the dialog is open, and its Problem is shown there.
function asked(title, fields, verb, run) {
  const trouble = el("p.bad", { role: "alert" });
  const submit = el("button.main", verb);
  const dialog = el(
    "dialog",
    { "aria-labelledby": "ask-title", close: () => dialog.remove() },
    el(
      "form",
      {
        method: "dialog",
        submit: async (event) => {
          event.preventDefault();
          const values = Object.fromEntries(new FormData(event.target));
          submit.disabled = true;
          try {
            await run(values);
            dialog.close();
          } catch (problem) {
            trouble.textContent = problem.message;
          }
          submit.disabled = false;
        },
      },
      el("h2", { id: "ask-title" }, title),
      fields.map(field),
      trouble,
      el("p.buttons", submit, el("button", { type: "button", click: () => dialog.close() }, "Cancel")),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}

// ---- deeds; `changed(true)` once done, `changed(false)` once undone

const ban = (address, seconds, reason) => post(`${of(address)}/ban`, { for: apiDuration(seconds), reason });
const left = (until) => until - Date.now() / 1000;

// `jail`: the sentence that it serves; undone, that goes on to its former end.
export const release = (address, jail, changed) =>
  asked(`Release ${address}`, [REASON], "Release", async ({ reason }) => {
    const story = await post(`${of(address)}/release`, { reason });
    const undo = left(jail.until) > 1 ? () => post(`${of(address)}/release`, { undo: true }) : null;
    done(story.advice ?? `${address} is released.`, undo, `${address} serves its sentence again.`, changed);
  });

// `jail`: the sentence that it serves now, or nothing; undoing puts that in its place again.
export const jailByHand = (address, jail, changed) =>
  asked(
    `Ban ${address}`,
    [{ name: "for", label: "For", options: LENGTHS }, REASON],
    "Ban",
    async ({ for: length, reason }) => {
      await post(`${of(address)}/ban`, { for: length, reason });
      const undo = () =>
        jail && left(jail.until) > 1 ? ban(address, left(jail.until), jail.reason) : post(`${of(address)}/release`, {});
      done(
        `${address} is banned.`,
        undo,
        jail ? `${address} serves what it did before.` : `${address} is free again.`,
        changed,
      );
    },
  );

// `whom`: {network} or {domain} or {recipient}.
const name = (whom) => Object.values(whom)[0];
export const except = (choices, changed) =>
  asked(
    choices.length === 1 ? `Except ${name(choices[0])}` : "Except from judgement",
    [
      ...(choices.length > 1
        ? [{ name: "which", label: "Whom", options: choices.map((whom, i) => [i, name(whom)]) }]
        : []),
      REASON,
    ],
    "Except",
    async ({ which, reason }) => {
      const whom = choices[Number(which ?? 0)];
      await post("/v1/exceptions", { ...whom, reason });
      done(
        `${name(whom)} is excepted.`,
        () => remove("/v1/exceptions", whom),
        `${name(whom)} is no exception any more.`,
        changed,
      );
    },
  );

export const unexcept = async (whom, reason, changed) => {
  try {
    await remove("/v1/exceptions", whom);
    done(
      `${name(whom)} is no exception any more.`,
      () => post("/v1/exceptions", { ...whom, reason }),
      `${name(whom)} is excepted again.`,
      changed,
    );
  } catch (problem) {
    complain(problem);
  }
};

export const newException = (changed) =>
  asked(
    "Except from judgement",
    [
      {
        name: "kind",
        label: "What",
        options: [
          ["network", "address or network"],
          ["domain", "domain, by confirmed name"],
          ["recipient", "recipient"],
        ],
      },
      { name: "value", label: "Whom", required: true, maxlength: 255 },
      REASON,
    ],
    "Except",
    async ({ kind, value, reason }) => {
      const whom = { [kind]: value.trim() };
      await post("/v1/exceptions", { ...whom, reason });
      done(
        `${value} is excepted.`,
        () => remove("/v1/exceptions", whom),
        `${value} is no exception any more.`,
        changed,
      );
    },
  );

export const keep = (address, changed) =>
  later(
    `${address} stays as it is, and leaves the inbox.`,
    (how) => ask("POST", `${of(address)}/keep`, { body: {}, ...how }),
    `${address} is still to be looked at.`,
    changed,
  );

export const forget = (address, changed) =>
  later(
    `All that is known of ${address} is forgotten in ${duration(WAIT / 1000)}.`,
    (how) => ask("POST", `${of(address)}/forget`, how),
    `${address} is not forgotten.`,
    changed,
  );

const lift = (network) => remove("/v1/bans", { network });
export const banNetwork = (network, changed) =>
  asked(
    `Ban all of ${network}`,
    [{ name: "for", label: "For", options: LENGTHS }, REASON],
    "Ban",
    async ({ for: length, reason }) => {
      await post("/v1/bans", { network, for: length, reason });
      done(`${network} is banned.`, () => lift(network), `${network} is not banned any more.`, changed);
    },
  );

export const liftNetwork = async (network, { until, reason }, changed) => {
  try {
    await lift(network);
    done(
      `${network} is not banned any more.`,
      () => post("/v1/bans", { network, for: apiDuration(left(until)), reason: reason ?? "" }),
      `${network} is banned again.`,
      changed,
    );
  } catch (problem) {
    complain(problem);
  }
};

// For a row of a table: once done its buttons are gone, and a word stands there; undone they are back.
export const inRow = (buttons, word) => (isDone) => {
  buttons.closest("tr").classList.toggle("gone", isDone);
  buttons.hidden = isDone;
  buttons.parentElement.querySelector(".done")?.remove();
  if (!isDone) return;
  const said = el("span.done", { tabindex: -1 }, word);
  buttons.after(said);
  // The button that had the focus is gone.
  requestAnimationFrame(() => document.activeElement === document.body && said.focus());
};
export const button = (text, click, kind = "") => el("button", { type: "button", class: kind, click }, text);
