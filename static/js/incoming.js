// Keys on the page of a share: j next, k previous, a approve, r reject, c comment. Everything works without them.
(() => {
  "use strict";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    if (event.key === "c") {
      const field = document.getElementById("id_text");
      if (field && !field.matches(":disabled")) {
        event.preventDefault();
        field.focus();
      }
      return;
    }
    const button = /^[jkar]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
    if (!button) return;
    event.preventDefault();
    button.focus();
    button.click();
  });

  // A vote is asked about in the dialog: the field that must be filled in has the focus, else the button.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "dialog") return;
    const first = event.target.querySelector("textarea[required]") || event.target.querySelector("#in-confirm");
    if (first) first.focus();
  });
})();
