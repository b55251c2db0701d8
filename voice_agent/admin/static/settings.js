// Lets the browser say a sentence, where it has a voice.
(() => {
  "use strict";
  if (!window.speechSynthesis) return;
  document.querySelectorAll("[data-speak]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const saying = new SpeechSynthesisUtterance(document.getElementById(button.dataset.speak).textContent);
      saying.lang = button.dataset.lang;
      speechSynthesis.cancel();
      speechSynthesis.speak(saying);
    });
  });
})();
