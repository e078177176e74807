// Copy buttons: <button class="copy" data-copy="id of what to copy" hidden>. They appear only where copying can work
// (scripts, and a secure page); what they copy is selectable text anyway. The outcome is told in #status.
(() => {
  "use strict";

  if (!navigator.clipboard) return;
  const show = (root) =>
    root.querySelectorAll("button.copy[hidden]").forEach((button) => {
      button.hidden = false;
    });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    const word = button.querySelector(".copy-word");
    const before = word.textContent;
    let said = button.dataset.failed;
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      said = button.dataset.copied;
      button.dataset.done = "";
    } catch {
      getSelection().selectAllChildren(source); // refused by the browser: leave it selected, ready for Ctrl-C
    }
    word.textContent = said;
    document.getElementById("status").textContent = said;
    setTimeout(() => {
      word.textContent = before;
      delete button.dataset.done;
    }, 1600);
  });

  document.addEventListener("htmx:load", (event) => show(event.target));
  show(document);
})();
