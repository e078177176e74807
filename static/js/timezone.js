// Tells the server the reader's time zone (console/middleware.py); times on this page change with the next one.
(() => {
  "use strict";

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) return;
  const value = encodeURIComponent(zone).replaceAll("%2F", "/");
  // over TLS with the prefix that keeps neighbours in the domain from setting it (console/cookies.py)
  const [prefix, secure] = location.protocol === "https:" ? ["__Host-", "; Secure"] : ["", ""];
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser that we serve
  document.cookie = `${prefix}tz=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
})();
