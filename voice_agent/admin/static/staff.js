// A name may be said, too, where the browser can listen; what it wrote is checked like typed words.
(() => {
  "use strict";
  const Listener = window.SpeechRecognition ?? window.webkitSpeechRecognition;
  for (const form of document.querySelectorAll("[data-hear]")) {
    const button = form.querySelector("[data-listen]");
    const field = form.querySelector("input[name=said]");
    if (!Listener) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      const listener = new Listener();
      listener.lang = form.dataset.hearLang === "en" ? "en-GB" : "de-DE";
      listener.onresult = (event) => {
        field.value = event.results[0][0].transcript;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      };
      listener.onerror = () => window.pages.notice(form.dataset.wordDeaf);
      listener.start();
    });
  }
})();
