// What all pages share. No inline script anywhere: behaviour hangs on data attributes.
(() => {
  "use strict";

  /** Say something to everybody, screen readers included; it goes by itself. */
  function notice(text, kind = "info") {
    const place = document.getElementById("notices");
    if (!place || !text) return;
    const line = document.createElement("p");
    line.className = `notice ${kind}`;
    line.textContent = text;
    place.append(line);
    setTimeout(() => line.remove(), 8000);
  }

  /** Forms with `data-confirm` ask first. */
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm ?? event.target.dataset?.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  /** Selects with `data-submits` send their form as soon as something is chosen. */
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-submits]")) event.target.form?.requestSubmit();
  });

  /** One menu at a time; Escape closes it. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.me[open]").forEach((menu) => {
      menu.removeAttribute("open");
      menu.querySelector("summary")?.focus();
    });
  });

  /** A server that cannot be reached is told, not swallowed. */
  document.addEventListener("htmx:error", () => {
    notice(document.body.dataset.offline);
  });

  window.pages = { notice };
})();
