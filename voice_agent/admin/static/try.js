// Plays Retell: one websocket a call, its frames, its transcript. Voice where the browser has one.
(() => {
  "use strict";
  const place = document.getElementById("try");
  if (!place) return;
  const by = (id) => document.getElementById(id);
  const word = (name) => place.dataset[`word${name}`];
  const call = by("call"), hangUp = by("hang-up"), words = by("words"), listen = by("listen");
  const synthesis = window.speechSynthesis;
  const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
  const RECONNECT_MS = 500, MOST_RECONNECTS = 4;
  let now = null; // the call that goes on

  function tell(text) { by("line-state").textContent = text; }

  function bubble(who, text) {
    const line = document.createElement("li");
    line.className = who;
    const name = document.createElement("span");
    name.className = "who";
    name.textContent = word(who === "you" ? "You" : "Agent");
    const content = document.createElement("span");
    content.className = "content";
    content.textContent = text;
    line.append(name, content);
    by("said").append(line);
    line.scrollIntoView({ block: "nearest" });
    return content;
  }

  function talking(on) {
    for (const id of ["words", "send", "silent", "listen"]) by(id).disabled = !on;
    call.hidden = on;
    hangUp.hidden = !on;
    if (on) words.focus();
  }

  function begin() {
    synthesis?.cancel();
    by("said").replaceChildren();
    by("turns").replaceChildren();
    now = {
      id: place.dataset.prefix + crypto.getRandomValues(new Uint32Array(4)).join("-"),
      number: by("number").value.replace(/[^+\d]/g, ""),
      transcript: [], response: 0, answers: new Map(), over: false, lost: 0, socket: null,
    };
    dial(now);
  }

  function dial(one) {
    const socket = new WebSocket(`${location.origin.replace("http", "ws")}/admin/try/line/${one.id}`);
    one.socket = socket;
    socket.onopen = () => { tell(word("Connected")); talking(true); };
    socket.onmessage = (message) => take(one, JSON.parse(message.data));
    socket.onclose = () => closed(one, socket);
  }

  /** A line that breaks is dialled again on the same path, as Retell does. */
  function closed(one, socket) {
    if (one.over || one.socket !== socket) return;
    one.lost += 1;
    if (one.lost > MOST_RECONNECTS) return end(one, word("Lost"));
    setTimeout(() => { if (!one.over) dial(one); }, RECONNECT_MS);
  }

  function take(one, frame) {
    if (frame.response_type === "config") introduce(one);
    if (frame.response_type === "response") hear(one, frame);
  }

  function introduce(one) {
    const details = { call_id: one.id, call_type: "web_call", agent_version: 1 };
    if (/^\+[1-9]\d{6,14}$/.test(one.number)) details.from_number = one.number;
    send(one, { interaction_type: "call_details", call: details });
  }

  function hear(one, frame) {
    if (frame.response_id !== one.response) return; // superseded: Retell throws it away, too
    let answer = one.answers.get(frame.response_id);
    if (!answer) {
      answer = { text: "", done: false, line: null };
      one.answers.set(frame.response_id, answer);
    }
    if (answer.done) return;
    answer.text += frame.content;
    if (answer.text) {
      answer.line ??= bubble("agent", "");
      answer.line.textContent = answer.text;
    }
    if (frame.content_complete) finish(one, answer, frame);
  }

  function finish(one, answer, frame) {
    answer.done = true;
    if (answer.text) one.transcript.push({ role: "agent", content: answer.text });
    say(answer.text);
    look(one, frame.response_id);
    if (frame.transfer_number) end(one, `${word("Transfer")} ${frame.transfer_number}`);
    else if (frame.end_call) end(one, word("Over"));
  }

  function ask(one, kind) {
    // What was not said to its end was not heard: the caller has cut in.
    const open = one.answers.get(one.response);
    if (open && !open.done && open.text) one.transcript.push({ role: "agent", content: open.text });
    one.response += 1;
    send(one, { interaction_type: kind, response_id: one.response, transcript: one.transcript });
  }

  function speak(text) {
    if (!now || now.over || !text) return;
    synthesis?.cancel();
    bubble("you", text);
    const open = now.answers.get(now.response);
    if (open && !open.done && open.text) now.transcript.push({ role: "agent", content: open.text });
    if (open) open.done = true;
    now.transcript.push({ role: "user", content: text });
    ask(now, "response_required");
  }

  function send(one, event) {
    if (one.socket?.readyState === WebSocket.OPEN) one.socket.send(JSON.stringify(event));
  }

  function end(one, why) {
    if (one.over) return;
    one.over = true;
    one.socket?.close(1000);
    tell(why);
    talking(false);
    fill("left", "/admin/try/left");
  }

  async function fill(id, address) {
    try {
      const answer = await fetch(address, { headers: { "HX-Request": "true" } });
      if (answer.ok) by(id).innerHTML = await answer.text();
    } catch { /* the conversation goes on without it */ }
  }

  async function look(one, response) {
    const query = new URLSearchParams({ call: one.id, response });
    await fill("turns", `/admin/try/turns?${query}`);
    by("turns").scrollTop = by("turns").scrollHeight;
    await fill("left", "/admin/try/left");
  }

  function say(text) {
    if (!synthesis || !by("aloud").checked || !text) return;
    const voices = synthesis.getVoices().filter((one) => one.lang.startsWith(place.dataset.lang.slice(0, 2)));
    const saying = new SpeechSynthesisUtterance(text);
    saying.lang = place.dataset.lang;
    saying.voice = voices.find((one) => one.localService) ?? voices[0] ?? null;
    synthesis.speak(saying);
  }

  function listenOnce() {
    const ear = new Recognition();
    ear.lang = place.dataset.lang;
    ear.interimResults = false;
    ear.onresult = (event) => speak(event.results[0][0].transcript);
    ear.onerror = () => tell(word("Deaf"));
    ear.onend = () => listen.setAttribute("aria-pressed", "false");
    synthesis?.cancel();
    listen.setAttribute("aria-pressed", "true");
    tell(word("Listening"));
    ear.start();
  }

  call.addEventListener("click", begin);
  hangUp.addEventListener("click", () => now && end(now, word("Over")));
  by("silent").addEventListener("click", () => {
    if (!now || now.over) return;
    bubble("you", word("Silent"));
    ask(now, "reminder_required");
  });
  by("speak").addEventListener("submit", (event) => {
    event.preventDefault();
    speak(words.value.trim());
    words.value = "";
  });
  if (synthesis) by("aloud-label").hidden = false;
  if (Recognition) {
    listen.hidden = false;
    by("voice-what").hidden = false;
    listen.addEventListener("click", listenOnce);
  }
  addEventListener("pagehide", () => now?.socket?.close(1000));
})();
