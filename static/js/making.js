// Sends a file in pieces, each with the digest of the file up to its end (operations/actions/staging.py), and goes on where
// the server says it is: after a lost connection, a restart of the server, in another tab with the same file. Where the
// browser cannot make digests (a page without TLS) the form sends the file by itself, in one piece.
(() => {
  "use strict";

  const form = document.getElementById("upload-form");
  if (!form || !window.isSecureContext || !window.crypto?.subtle) return;
  const input = document.getElementById("id_file");
  const button = document.getElementById("upload-go");
  const box = document.getElementById("upload-progress");
  const bar = document.getElementById("upload-bar");
  const words = document.getElementById("upload-words");
  const error = document.getElementById("id_file_error");
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const QUICKEST = 500;
  const SLOWEST = 30000;
  const STALLED = 30000;

  class Told extends Error {} // the server, or we, have something to say to people
  class Lost extends Error {} // nobody answered, or not to be understood: worth another try
  class Stopped extends Error {}

  let run = null; // what is under way: {stopped, request}

  const say = (text) => {
    words.textContent = text;
  };
  const announce = (text) => {
    say(text);
    document.getElementById("status").textContent = text;
  };
  const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_all, name) => values[name]);
  const bytes = (number) => {
    const unit = number >= 2 ** 30 ? [2 ** 30, "GB", 2] : number >= 2 ** 20 ? [2 ** 20, "MB", 1] : [1024, "KB", 0];
    return `${(number / unit[0]).toFixed(unit[2])} ${unit[1]}`;
  };
  const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));

  const fail = (text) => {
    error.hidden = !text;
    error.querySelector("span").textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    if (text) input.focus();
  };

  const read = async (blob) => {
    try {
      return await blob.arrayBuffer();
    } catch {
      throw new Told(form.dataset.unread);
    }
  };

  // Digests of the file up to the end of each piece, made once.
  const digests = (file, chunk) => {
    const known = [""];
    return async (pieces) => {
      while (known.length <= pieces) {
        const start = (known.length - 1) * chunk;
        const piece = new Uint8Array(
          await crypto.subtle.digest("SHA-256", await read(file.slice(start, start + chunk))),
        );
        const before = unhex(known[known.length - 1]);
        const both = new Uint8Array(before.length + piece.length);
        both.set(before);
        both.set(piece, before.length);
        known.push(hex(await crypto.subtle.digest("SHA-256", both)));
      }
      return known[pieces];
    };
  };

  // One request; XMLHttpRequest, for fetch does not tell how much has left.
  const ask = (method, url, body, headers = {}, progress = () => {}) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      let watch = 0;
      const alive = () => {
        clearTimeout(watch);
        watch = setTimeout(() => request.abort(), STALLED);
      };
      run.request = request;
      request.open(method, url);
      request.setRequestHeader("X-CSRFToken", token);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = (event) => {
        alive();
        progress(event.loaded);
      };
      request.onloadend = () => {
        clearTimeout(watch);
        if (run.stopped) return reject(new Stopped());
        const said =
          request.responseURL && new URL(request.responseURL).pathname !== new URL(url, location.href).pathname;
        if (said) return reject(new Told(form.dataset.out));
        let answer = null;
        try {
          answer = JSON.parse(request.responseText);
        } catch {
          /* a page of a proxy, or nothing at all */
        }
        if (request.status === 403 && !answer) return reject(new Told(form.dataset.out));
        if (!answer || request.status >= 500 || request.status === 429 || request.status === 400)
          return reject(new Lost());
        if (request.status === 200 || request.status === 409) return resolve(answer);
        return reject(new Told(answer.error));
      };
      alive();
      request.send(body);
    });

  // Repeats what may be repeated, more and more slowly, at once when the network is back.
  const trying = async (act) => {
    for (let pause = QUICKEST, failed = false; ; pause = Math.min(SLOWEST, pause * 2)) {
      try {
        const answer = await act();
        if (failed) announce(form.dataset.again);
        return answer;
      } catch (problem) {
        if (!(problem instanceof Lost)) throw problem;
        if (!failed) announce(fill(form.dataset.lost, { n: Math.ceil(pause / 1000) }));
        else say(fill(form.dataset.lost, { n: Math.ceil(pause / 1000) }));
        failed = true;
        await new Promise((go) => {
          const timer = setTimeout(go, pause * (0.5 + Math.random() / 2));
          run.wake = () => {
            clearTimeout(timer);
            go();
          };
        });
        if (run.stopped) throw new Stopped();
      }
    }
  };
  window.addEventListener("online", () => run?.wake?.());

  const show = (came, size, rate) => {
    box.hidden = false;
    bar.value = size ? (100 * came) / size : 0;
    say(fill(form.dataset.sending, { came: bytes(came), size: bytes(size), rate: bytes(rate) }));
  };

  const send = async (file) => {
    const about = new FormData();
    about.append("name", file.name);
    about.append("size", file.size);
    about.append("head", file.slice(0, Number(form.dataset.head)), "head");
    about.append("tail", file.slice(Math.max(0, file.size - Number(form.dataset.tail))), "tail");
    let here = await trying(() => ask("POST", form.dataset.announce, about));
    begun(here);
    const digest = digests(file, here.chunk);
    const began = performance.now();
    const first = here.received;
    while (!here.next) {
      const piece = Math.floor(here.received / here.chunk);
      if (here.received) say(form.dataset.checking);
      if ((await digest(piece)) !== here.digest) throw new Told(form.dataset.other);
      const offset = here.received;
      const headers = { "Upload-Digest": await digest(piece + 1), "Content-Type": "application/octet-stream" };
      const body = await read(file.slice(offset, offset + here.chunk));
      const rate = (came) => (1000 * (came - first)) / Math.max(1, performance.now() - began);
      const progress = (sent) => show(offset + sent, file.size, rate(offset + sent));
      progress(0);
      try {
        here = await ask("PUT", `${form.dataset.file}?offset=${offset}`, body, headers, progress);
      } catch (problem) {
        if (!(problem instanceof Lost)) throw problem;
        // it may have arrived: ask before anything is repeated
        here = await trying(() => ask("GET", form.dataset.file));
      }
    }
    bar.value = 100;
    announce(form.dataset.done);
    return here.next;
  };

  // From now on there is something to come back to.
  const begun = (here) => {
    button.dataset.begun = "";
    document.getElementById("upload-lead").hidden = true;
    document.getElementById("upload-back")?.setAttribute("hidden", "");
    const link = document.getElementById("upload-operation");
    link.href = here.operation;
    link.hidden = false;
  };

  const leaving = (event) => {
    event.preventDefault();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (run) {
      run.stopped = true;
      run.request?.abort();
      run.wake?.();
      return;
    }
    const file = input.files[0];
    fail(file ? "" : form.dataset.missing);
    if (!file) return;
    run = { stopped: false, request: null, wake: null };
    const before = button.textContent;
    input.disabled = true;
    button.textContent = form.dataset.wordsStop;
    window.addEventListener("beforeunload", leaving);
    let next = "";
    try {
      next = await send(file);
    } catch (problem) {
      input.disabled = false;
      if (problem instanceof Stopped) announce(form.dataset.stopped);
      else if (problem instanceof Told) {
        say("");
        fail(problem.message);
      } else throw problem;
    } finally {
      run = null;
      window.removeEventListener("beforeunload", leaving);
      button.textContent = "begun" in button.dataset ? form.dataset.wordsGo : before;
    }
    if (next) location.assign(next);
  });
})();
