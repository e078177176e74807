// The list: keeps what the server cannot know across swaps: which groups stand open, which images are picked.
// Everything works without it.
(() => {
  "use strict";

  const picked = new Set();
  let openGroups = new Map();

  const groups = () => document.querySelectorAll("#facets details[id]");

  document.addEventListener("htmx:beforeSwap", () => {
    openGroups = new Map(Array.from(groups(), (group) => [group.id, group.open]));
  });

  document.addEventListener("htmx:afterSettle", () => {
    groups().forEach((group) => {
      if (openGroups.has(group.id)) group.open = openGroups.get(group.id) || group.querySelector(".chosen") !== null;
    });
    document.querySelectorAll('#results input[name="image"]').forEach((box) => { box.checked = picked.has(box.value); });
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches('#results input[name="image"]')) return;
    if (event.target.checked) picked.add(event.target.value); else picked.delete(event.target.value);
  });

  const narrow = window.matchMedia("(max-width: 760px)");
  const sheet = document.getElementById("facet-sheet");
  const arrange = () => { if (sheet) { sheet.classList.add("managed"); sheet.open = !narrow.matches; } };
  narrow.addEventListener("change", arrange);
  arrange();
})();
