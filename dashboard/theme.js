// Which theme was chosen here, set before the first paint; no choice is the system's.
(() => {
  const choices = ["system", "light", "dark"];
  const root = document.documentElement;
  const chosen = () => root.dataset.theme ?? "system";
  const choose = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  try {
    choose(localStorage.getItem("theme"));
  } catch {
    /* storage is forbidden here: the choice lasts as long as the page */
  }

  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const name = () => {
      button.textContent = `Theme: ${chosen()}`;
    };
    name();
    button.addEventListener("click", () => {
      choose(choices[(choices.indexOf(chosen()) + 1) % choices.length]);
      name();
      try {
        localStorage.setItem("theme", chosen());
      } catch {
        /* as above */
      }
      dispatchEvent(new Event("theme"));
    });
  });
})();
