// The day as a calendar: columns, blocks, dragging. What may be done is decided by the server.
(() => {
  "use strict";
  const place = document.getElementById("day");
  const board = document.getElementById("board");
  if (!place || !board || !window.EventCalendar) return;

  const words = place.dataset;
  const MINUTE = 60_000;
  const ROOM_FOR_ONE = 10; // minutes that are high enough for so many lines
  const ROOM_FOR_THREE = 30;
  let shown = JSON.parse(board.textContent);
  let again = 0;
  let dragging = false;
  let missed = false;
  let drawAnew = false;

  /** The widget calls its boxes a table, which has no rows: the list says it all, and properly. */
  const ROLES = ["role", "aria-colindex", "aria-rowindex", "aria-colcount", "aria-rowcount"];
  const drawn = document.getElementById("calendar");
  const withoutRoles = (el) => { if (!el.matches(".ec-event")) ROLES.forEach((name) => el.removeAttribute(name)); };
  // Before anything of it is painted or read out, however late the widget draws it.
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") withoutRoles(target);
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        withoutRoles(node);
        node.querySelectorAll("*").forEach(withoutRoles);
      }
    }
  }).observe(drawn, { subtree: true, childList: true, attributes: true, attributeFilter: ROLES });

  const calendar = window.EventCalendar.create(drawn, {
    view: "resourceTimeGridDay",
    date: shown.date,
    locale: words.lang,
    headerToolbar: { start: "", center: "", end: "" },
    allDaySlot: false,
    height: "auto",
    slotDuration: "00:15",
    snapDuration: "00:05",
    slotHeight: 20,
    slotLabelInterval: "01:00",
    slotLabelFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    slotEventOverlap: false,
    slotMinTime: shown.from,
    slotMaxTime: shown.to,
    columnWidth: "minmax(8rem, 1fr)",
    dayHeaderFormat: () => "",
    nowIndicator: false,
    editable: false,
    eventStartEditable: true,
    eventDurationEditable: false,
    eventDragMinDistance: 4,
    resources: shown.columns,
    events: shown.events,
    eventContent,
    eventDidMount,
    eventClick: (info) => open(info.event),
    eventMouseEnter: (info) => light(info.event, true),
    eventMouseLeave: (info) => light(info.event, false),
    eventDragStart: () => { dragging = true; },
    eventDragStop: () => { dragging = false; forgetPlace(); if (missed) refetch(); },
    dragConstraint: consider,
    eventDrop: moved,
    dateClick: (info) => book(info),
  });
  document.body.classList.add("has-calendar");
  expectExpiry();

  function line(kind, text) {
    const span = document.createElement("span");
    span.className = kind;
    span.textContent = text;
    return span;
  }

  function eventContent(info) {
    const { event, timeText } = info;
    const facts = event.extendedProps;
    const minutes = (event.end - event.start) / MINUTE;
    if (facts.kind !== "segment") return { domNodes: event.title && minutes >= ROOM_FOR_ONE ? [line("tag", event.title)] : [] };
    const nodes = [line("who", event.title), line("what", facts.part)];
    if (minutes >= ROOM_FOR_THREE) nodes.push(line("state", `${timeText} · ${facts.states.join(", ")}`));
    return { domNodes: nodes };
  }

  function eventDidMount(info) {
    const facts = info.event.extendedProps;
    if (facts.visit) info.el.dataset.visit = facts.visit;
    if (facts.index) info.el.dataset.index = facts.index;
    if (facts.kind !== "segment") {
      info.el.title = info.event.title;
      return;
    }
    info.el.title = `${info.timeText} ${info.event.title}\n${facts.doing}\n${facts.states.join(", ")}`;
    info.el.setAttribute("aria-label", `${info.timeText} ${info.event.title}: ${facts.doing}, ${facts.states.join(", ")}`);
    info.el.addEventListener("focus", () => light(info.event, true));
    info.el.addEventListener("blur", () => light(info.event, false));
  }

  /** A visit is one object: all of it lights up. */
  function light(event, on) {
    const visit = event.extendedProps.visit;
    if (!visit) return;
    document.querySelectorAll(`#calendar [data-visit="${visit}"]`).forEach((el) => el.classList.toggle("lit", on));
  }

  function open(event) {
    if (event.extendedProps.visit) window.location.href = `/admin/visits/${event.extendedProps.visit}`;
  }

  /** What the server says now; never in the middle of a drag. */
  async function refetch() {
    if (dragging) { missed = true; return; }
    missed = false;
    const answer = await fetch(`/admin/day/events?date=${shown.date}&columns=${words.columns}`, { headers: { Accept: "application/json" } })
      .catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const fresh = await answer.json();
    if (dragging) { missed = true; return; }
    const same = JSON.stringify([fresh.events, fresh.columns]) === JSON.stringify([shown.events, shown.columns]);
    shown = fresh;
    expectExpiry();
    // What is drawn already stays: nobody loses the block they are about to take.
    if (same && !drawAnew) return;
    drawAnew = false;
    calendar.setOption("slotMinTime", shown.from);
    calendar.setOption("slotMaxTime", shown.to);
    calendar.setOption("resources", shown.columns);
    calendar.setOption("events", shown.events);
  }

  /** What is held is free again by itself; nobody tells. The line of now moves, too. */
  function expectExpiry() {
    clearTimeout(again);
    again = setTimeout(refetch, Math.min(shown.again_in_s ?? 60, 60) * 1000);
  }

  document.body.addEventListener("diary", refetch);

  // --- dragging a visit, the whole of it ---

  const quiet = document.getElementById("quiet");

  async function moved(info) {
    drawAnew = true; // the block lies where it was dropped, whatever becomes of it
    const form = { ...wish(info), key: crypto.randomUUID() };
    if (quiet.checked) form.quiet = "1";
    await carryOut(`/admin/visits/${info.event.extendedProps.visit}/move`, form, info.revert);
  }

  /** Where the block is, as the server wants to know it. */
  function wish({ event, oldEvent, oldResource, newResource }) {
    const facts = event.extendedProps;
    const minutes = Math.round((event.start - oldEvent.start) / MINUTE);
    const form = { minutes, index: facts.index, version: facts.version };
    if (newResource && oldResource && newResource.id !== oldResource.id) form.staff = newResource.id;
    return form;
  }

  // --- what stands against a place, told before the visit is dropped there ---

  const told = document.getElementById("drag-word");
  const LOOK_MS = 120; // a pause of the hand, not every place on the way
  let aimed = "";
  let looking = 0;

  function consider(info) {
    const asked = `/admin/visits/${info.event.extendedProps.visit}/look?${new URLSearchParams(wish(info))}`;
    told.style.left = `${Math.min(info.jsEvent?.clientX ?? 0, window.innerWidth - 340) + 18}px`;
    told.style.top = `${(info.jsEvent?.clientY ?? 0) + 18}px`;
    if (asked === aimed) return true;
    forgetPlace();
    aimed = asked;
    looking = setTimeout(() => look(asked), LOOK_MS);
    return true; // it may be dropped anywhere: the server has the last word, and says why
  }

  async function look(asked) {
    const answer = await fetch(asked, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || answer.redirected || asked !== aimed) return;
    const found = await answer.json();
    if (asked !== aimed || !dragging) return;
    document.body.dataset.drop = found.free ? "free" : "refused";
    told.textContent = found.free ? `✓ ${words.wordFree}` : `✕ ${found.message}`;
    told.hidden = false;
  }

  function forgetPlace() {
    clearTimeout(looking);
    aimed = "";
    delete document.body.dataset.drop;
    told.hidden = true;
    told.textContent = "";
  }

  async function carryOut(path, form, revert) {
    window.pages.notice(words.wordMoving);
    const [status, answer] = await send(path, form);
    if (status === 409 && answer.ask) {
      if (window.confirm(answer.message)) return carryOut(path, { ...form, [answer.ask]: "1", key: crypto.randomUUID() }, revert);
      revert();
      return;
    }
    if (status !== 200) {
      revert();
      window.pages.notice(answer.message ?? words.wordFailed, "refused");
    } else if (answer.undo) {
      offerUndo(answer, form);
    } else {
      window.pages.notice(answer.message);
    }
    await refetch();
  }

  async function send(path, form) {
    const headers = { "X-CSRF-Token": words.csrf, Accept: "application/json" };
    try {
      const answer = await fetch(path, { method: "POST", headers, body: new URLSearchParams(form) });
      const isJson = answer.headers.get("content-type")?.includes("json");
      return [answer.status, isJson ? await answer.json() : {}];
    } catch {
      return [0, {}];
    }
  }

  const UNDO_S = 10;

  function offerUndo(answer, form) {
    const box = document.createElement("p");
    box.className = "notice";
    box.append(answer.message);
    const button = document.createElement("button");
    button.className = "undo secondary";
    button.type = "button";
    let left = UNDO_S;
    const tell = () => { button.textContent = `${words.wordUndo} (${left})`; };
    tell();
    const ticking = setInterval(() => {
      left -= 1;
      tell();
      if (left <= 0) close();
    }, 1000);
    const close = () => { clearInterval(ticking); box.remove(); };
    button.addEventListener("click", async () => {
      close();
      const back = { version: answer.version, key: crypto.randomUUID() };
      // Whoever was told nothing of the move need not be told that it is undone.
      await carryOut(answer.undo, form.quiet ? { ...back, quiet: "1" } : back, () => {});
    });
    box.append(button);
    document.getElementById("notices").append(box);
  }

  // --- booking at a free place ---

  const dialog = document.getElementById("booking");

  function book(info) {
    const start = `${String(info.date.getHours()).padStart(2, "0")}:${String(info.date.getMinutes()).padStart(2, "0")}`;
    const staff = words.columns === "people" ? info.resource?.id : "";
    const hindered = isTaken(info.date, info.resource?.id);
    if (hindered) { window.pages.notice(words.wordNotFree, "refused"); return; }
    openBooking(new URLSearchParams({ date: shown.date, time: start, ...(staff && { staff }) }));
  }

  /** Somebody stays with the customer, is away, or the phone agent holds it. */
  function isTaken(date, column) {
    return calendar.getEvents().some((event) =>
      ["blocked", "away", "hold"].includes(event.extendedProps.kind)
      && event.resourceIds.includes(column) && event.start <= date && date < event.end);
  }

  async function openBooking(asked) {
    await window.htmx.ajax("GET", `/admin/book?${asked}`, { target: "#booking-body", swap: "innerHTML" });
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("select, input:not([type=hidden])")?.focus();
  }

  document.querySelectorAll("[data-book]").forEach((link) => link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openBooking(new URL(link.href).searchParams);
  }));

  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
    const offer = event.target.closest("[data-offer]");
    if (offer) {
      for (const field of ["date", "time", "staff"]) dialog.querySelector(`[name=${field}]`).value = offer.dataset[field];
      dialog.querySelector("form").requestSubmit();
      return;
    }
    const known = event.target.closest("[data-name]");
    if (!known) return;
    for (const field of ["name", "phone", "email"]) dialog.querySelector(`[name=${field}]`).value = known.dataset[field] ?? "";
    dialog.querySelector(".found").replaceChildren();
  });

  document.addEventListener("visit-booked", (event) => {
    dialog.close();
    window.pages.notice(event.detail?.message ?? "");
    refetch();
  });

  // --- keys ---

  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea, dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const link = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!link) return;
    event.preventDefault();
    link.click();
  });
})();
