// The editor of a service: rows are dragged or moved by keys, the drawing follows what is typed.
(() => {
  "use strict";
  const form = document.getElementById("editor");
  const rows = document.getElementById("segments");
  if (!form || !rows) return;
  const drawing = document.getElementById("preview");
  const KEYS = "ABCDEFGHIJ";
  let asked = null;
  let waiting = 0;

  /** The letters follow the order; there is room for ten. */
  function count() {
    [...rows.children].forEach((row, place) => {
      row.querySelector(".key").textContent = KEYS[place] ?? "–";
      row.querySelector('[data-move="up"]').disabled = place === 0;
      row.querySelector('[data-move="down"]').disabled = place === rows.children.length - 1;
      row.querySelector('[data-move="remove"]').disabled = rows.children.length === 1;
    });
    form.querySelector("[data-add]").disabled = rows.children.length >= KEYS.length;
  }

  /** The server draws: what it warns of is what it would say when saving. */
  async function draw() {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(form.dataset.preview, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        signal: asked.signal,
      });
      if (answer.ok) drawing.innerHTML = await answer.text();
      else if (answer.status >= 500) window.pages.notice(document.body.dataset.offline);
    } catch (error) {
      if (error.name !== "AbortError") window.pages.notice(document.body.dataset.offline);
    }
  }

  function changed() {
    form.dataset.policy = form.elements.pause_policy.value;
    const templates = document.getElementById("templates");
    if (templates) templates.dataset.confirm = templates.dataset.question;
    clearTimeout(waiting);
    waiting = setTimeout(draw, 250);
  }

  function move(row, where) {
    if (where === "up") row.previousElementSibling?.before(row);
    if (where === "down") row.nextElementSibling?.after(row);
    if (where === "remove") {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      next?.querySelector("input:not([type=hidden])")?.focus();
    }
    count();
    changed();
  }

  function add() {
    const token = `n${crypto.getRandomValues(new Uint32Array(1))[0].toString(16)}`;
    const text = document.getElementById("new-segment").innerHTML.replaceAll("NEW-ROW", token);
    rows.insertAdjacentHTML("beforeend", text);
    count();
    changed();
    rows.lastElementChild.querySelector("input:not([type=hidden])").focus();
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-move], button[data-add]");
    if (!button) return;
    event.preventDefault();
    if ("add" in button.dataset) add();
    else {
      const row = button.closest("[data-row]");
      move(row, button.dataset.move);
      if (button.isConnected && !button.disabled) button.focus();
    }
  });
  form.addEventListener("input", changed);
  new window.Sortable(rows, {
    handle: ".grip",
    animation: 120,
    forceFallback: true,
    onEnd: () => { count(); changed(); },
  });
  count();
})();
