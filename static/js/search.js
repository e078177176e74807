// Completion of the search field: an ARIA combobox over the server's suggestions. Without it the field is a plain one.
(() => {
  "use strict";

  const list = document.getElementById("q-options");
  if (!list) return;
  const url = list.parentElement.dataset.complete;
  const field = () => document.getElementById("q");
  let asking = null;
  let timer = 0;

  const prepare = () => {
    const input = field();
    if (input.getAttribute("role") === "combobox") return;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
  };

  const options = () => Array.from(list.querySelectorAll('[role="option"]'));
  const chosen = () => list.querySelector('[aria-selected="true"]');

  const close = () => {
    clearTimeout(timer);
    if (asking) asking.abort();
    list.hidden = true;
    field().setAttribute("aria-expanded", "false");
    field().removeAttribute("aria-activedescendant");
  };

  const ask = async () => {
    if (asking) asking.abort();
    asking = new AbortController();
    const query = new URLSearchParams({ text: field().value, cursor: field().selectionStart ?? field().value.length });
    try {
      const answer = await fetch(`${url}?${query}`, { signal: asking.signal, redirect: "error" });
      if (!answer.ok) {
        close();
        return;
      }
      list.innerHTML = await answer.text();
    } catch (error) {
      if (error.name !== "AbortError") close(); // completion is a help; the search itself reports what is wrong
      return;
    }
    const any = options().length > 0 && document.activeElement === field();
    list.hidden = !any;
    field().setAttribute("aria-expanded", String(any));
  };

  const select = (option) => {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    if (option) {
      field().setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      field().removeAttribute("aria-activedescendant");
    }
  };

  const take = (option) => {
    const input = field();
    const start = option.dataset.text;
    input.value = start + option.dataset.after.replace(/^\s+/, "");
    input.setSelectionRange(start.length, start.length);
    input.focus();
    close();
    if ("open" in option.dataset) {
      timer = setTimeout(ask, 0);
      return;
    }
    input.dispatchEvent(new Event("input", { bubbles: true }));
    clearTimeout(timer);
  };

  document.addEventListener("input", (event) => {
    if (event.target.id !== "q") return;
    prepare();
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "q") return;
    if (event.key === "Escape" && !list.hidden) {
      close();
      event.preventDefault();
      return;
    }
    if (event.key === "Enter") {
      if (!list.hidden && chosen()) {
        take(chosen());
        event.preventDefault();
      } else {
        close();
      }
      return;
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    if (list.hidden) {
      prepare();
      ask();
      event.preventDefault();
      return;
    }
    const all = options();
    const place = all.indexOf(chosen()) + (event.key === "ArrowDown" ? 1 : -1);
    select(all[(place + all.length) % all.length]);
    event.preventDefault();
  });

  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option) {
      event.preventDefault();
      take(option);
    }
  });

  document.addEventListener("focusout", (event) => {
    if (event.target.id === "q") close();
  });
  prepare();
})();
