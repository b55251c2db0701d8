// Hears that a salon's diary has changed and says so to the page: a `diary` event on its body.
(() => {
  "use strict";
  if (!document.querySelector("[data-live-refetch]")) return;

  const told = () => document.body.dispatchEvent(new CustomEvent("diary"));
  let pending = 0;

  /** Many changes at once are one. */
  function soon() {
    clearTimeout(pending);
    pending = setTimeout(told, 80);
  }

  function listen() {
    const source = new EventSource("/admin/live");
    source.addEventListener("diary", soon);
    source.onopen = () => { document.body.dataset.live = "on"; };
    source.onerror = () => {
      document.body.dataset.live = "off";
      // A browser gives up for good when the answer is no stream: a server that starts anew, say.
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
    };
    window.addEventListener("pagehide", () => source.close(), { once: true });
  }

  listen();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") soon();
  });
})();
