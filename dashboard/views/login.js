// Asks for a token of [web], for a cookie of this browser.
import { ask } from "../api.js";
import { duration } from "../format.js";
import { el } from "../dom.js";

// `done()` is called once the gate has taken the token. What stood in `view` is gone.
export function show(view, done) {
  if (view.querySelector("#login")) return;
  document.title = "Log in · gatepost";
  const trouble = el("p.bad", { role: "alert" });
  const token = el("input", {
    id: "token",
    name: "token",
    type: "password",
    required: true,
    autocomplete: "current-password",
    maxlength: 500,
  });
  const button = el("button.main", "Log in");
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    trouble.textContent = "";
    try {
      await ask("POST", "/v1/login", { body: { token: token.value.trim() } });
      done();
    } catch (problem) {
      const wait = problem.status === 429 && problem.retryAfter ? ` Try again in ${duration(problem.retryAfter)}.` : "";
      trouble.textContent = (problem.status === 401 ? "The gate does not know this token." : problem.message) + wait;
      token.select();
    }
    button.disabled = false;
  };
  view.replaceChildren(
    el("h1", { tabindex: -1 }, "Log in"),
    el(
      "form",
      { id: "login", class: "panel", submit },
      el("p", el("label", { for: "token" }, "Token"), token),
      trouble,
      el("p.buttons", button),
      el(
        "p.note",
        "The operator's or the reader's, from the files that ",
        el("code", "[web]"),
        " names. It is kept for twelve hours, by this browser alone.",
      ),
    ),
  );
  token.focus();
}
