// Light or dark without loading the page anew. Without this script the form does the same by a POST.
(() => {
  "use strict";

  const form = document.getElementById("theme");
  if (!form) return;

  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button) return;
    event.preventDefault();
    if (button.value) document.documentElement.dataset.bsTheme = button.value;
    else delete document.documentElement.dataset.bsTheme;
    form.querySelectorAll("button").forEach((one) => {
      one.setAttribute("aria-pressed", String(one === button));
    });
    const icon = form.parentElement.querySelector("summary svg");
    const chosen = button.querySelector("svg").cloneNode(true);
    chosen.setAttribute("class", icon.getAttribute("class"));
    icon.replaceWith(chosen);
    const data = new FormData(form);
    data.set("theme", button.value);
    const answer = await fetch(form.action, { method: "POST", body: data, redirect: "manual" });
    if (answer.type !== "opaqueredirect") form.submit(); // let the server say what is wrong
  });
})();
