// Manners of every page: menus, the dialog, waiting, polling. Everything works without it.
(() => {
  "use strict";

  // Menus are <details class="menu">: a click elsewhere or Escape closes them.
  const menus = () => document.querySelectorAll("details.menu[open]");

  document.addEventListener("click", (event) => {
    menus().forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.addEventListener("focusin", (event) => {
    menus().forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.addEventListener("keydown", (event) => {
    const menu =
      event.key === "Escape" && document.activeElement && document.activeElement.closest("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // Escape leaves a form that stands in the place of what it changes, by its own link.
  document.addEventListener("keydown", (event) => {
    const form = event.key === "Escape" && event.target.closest("form[data-leavable]");
    const leave = form ? form.querySelector("[data-leave]") : null;
    if (leave) {
      event.preventDefault();
      leave.click();
    }
  });
  // Enter saves it, also from a list of choices, where browsers would open the list (as the space bar does).
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("form[data-leavable] select")) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });

  // Attributes of the image have changed: all of them come anew, unless somebody is typing among them.
  document.addEventListener("edit-ended", () => {
    const facts = document.getElementById("facts");
    if (facts && !facts.querySelector("form[data-leavable]")) facts.dispatchEvent(new Event("refresh"));
  });

  // "/" goes to the search field, as people know it from elsewhere.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const field = document.getElementById("q") || document.getElementById("top-q");
    if (!field || !field.checkVisibility()) return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  // A bar in the header when an answer takes longer than 150 ms.
  const quiet = (element) => "poll" in element.dataset || "quiet" in element.dataset;
  // Says so to the server, which then does not lead the whole page to the sign-in when the session has ended.
  document.addEventListener("htmx:configRequest", (event) => {
    if ("quiet" in event.target.dataset) event.detail.headers["Console-Background"] = "true";
    // and that nobody did anything: a session that only pages keep asking for ends (console/session_limits.py)
    if (quiet(event.target)) event.detail.headers["Console-Poll"] = "true";
    // or that something is typed on this page, which is kept when the session has ended (images/signin/views/ended.py)
    if (typed()) event.detail.headers["Console-Typing"] = "true";
  });
  // A box that has no value of its own is "on", and is nothing that anybody typed.
  const typed = () =>
    [...document.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio]), textarea")].some(
      (field) => field.value !== field.defaultValue,
    );
  // Signed in again in another tab: the forms of this page get the token of the new session.
  document.addEventListener("new-token", (event) => {
    const { token } = event.detail;
    document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrftoken": token }));
    document.querySelectorAll("input[name='csrfmiddlewaretoken']").forEach((field) => {
      field.value = token;
    });
  });
  let waiting = 0;
  let timer = 0;
  const wait = (change) => {
    waiting = Math.max(0, waiting + change);
    clearTimeout(timer);
    if (!waiting) delete document.documentElement.dataset.busy;
    else
      timer = setTimeout(() => {
        document.documentElement.dataset.busy = "";
      }, 150);
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!quiet(event.target)) wait(1);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!quiet(event.target)) wait(-1);
  });

  // The request never reached the server: htmx has no answer to show, so say it here.
  document.addEventListener("htmx:sendError", (event) => {
    if (quiet(event.target)) return;
    const notice = document.getElementById("notice");
    const template = document.getElementById("offline");
    if (notice && template) notice.replaceChildren(template.content.cloneNode(true));
  });

  // What htmx puts into #dialog is shown as a modal; closing it gives the focus back to whoever opened it.
  const dialog = document.getElementById("dialog");
  let opener = null;
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target !== dialog || dialog.open || !dialog.firstElementChild) return;
    opener = event.detail.requestConfig.elt;
    dialog.showModal();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });
  dialog.addEventListener("close", () => {
    dialog.replaceChildren();
    if (opener?.isConnected) opener.focus();
  });

  // <div data-poll="3" hx-trigger="tick" …>: a tick every so many seconds while the page is seen. The fragment that has
  // nothing more to wait for comes without data-poll, and so ends it.
  const due = new WeakMap();
  setInterval(() => {
    if (document.hidden) return;
    document.querySelectorAll("[data-poll]").forEach((element) => {
      const now = performance.now();
      const next = due.get(element);
      if (next === undefined || now >= next) {
        due.set(element, now + 1000 * Number(element.dataset.poll));
        if (next !== undefined) element.dispatchEvent(new Event("tick"));
      }
    });
  }, 500);

  // What stopped asking because there was nothing to follow asks once more when there may be: the page is seen again,
  // the network or the page itself is back, or a form of this page was sent.
  const wake = () => {
    if (!document.hidden)
      document.querySelectorAll("[data-quiet]").forEach((element) => {
        element.dispatchEvent(new Event("wake"));
      });
  };
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("online", wake);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) wake();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.requestConfig?.verb === "post") wake();
  });
})();
