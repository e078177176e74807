// The list: keeps what the server cannot know across swaps: which groups stand open, which images are picked.
// Everything works without it.
(() => {
  "use strict";

  const picked = new Set();
  let openGroups = new Map();

  const boxes = () => document.querySelectorAll('#results input[name="image"]');

  // Images picked on other pages of the list go with the form too; the bar says how many there are in all.
  const tell = () => {
    const ids = document.getElementById("picked-ids");
    if (!ids) return;
    ids.value = Array.from(picked).join(",");
    document.getElementById("picked").hidden = picked.size === 0;
    document.getElementById("picked-count").value = picked.size.toLocaleString(
      document.documentElement.lang || undefined,
    );
  };

  const groups = () => document.querySelectorAll("#facets details[id]");

  document.addEventListener("htmx:beforeSwap", () => {
    openGroups = new Map(Array.from(groups(), (group) => [group.id, group.open]));
  });

  document.addEventListener("htmx:afterSettle", () => {
    groups().forEach((group) => {
      if (openGroups.has(group.id)) group.open = openGroups.get(group.id) || group.querySelector(".chosen") !== null;
    });
    boxes().forEach((box) => {
      box.checked = picked.has(box.value);
    });
    tell();
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches('#results input[name="image"]')) return;
    if (event.target.checked) picked.add(event.target.value);
    else picked.delete(event.target.value);
    tell();
  });

  document.addEventListener("click", (event) => {
    if (!event.target.matches("#picked-clear")) return;
    picked.clear();
    boxes().forEach((box) => {
      box.checked = false;
    });
    tell();
    document.getElementById("acts-all").focus();
  });

  // Back brings ticks with it.
  window.addEventListener("pageshow", () => {
    boxes().forEach((box) => {
      if (box.checked) picked.add(box.value);
    });
    tell();
  });

  const narrow = window.matchMedia("(max-width: 760px)");
  const sheet = document.getElementById("facet-sheet");
  const arrange = () => {
    if (sheet) {
      sheet.classList.add("managed");
      sheet.open = !narrow.matches;
    }
  };
  narrow.addEventListener("change", arrange);
  arrange();
})();
