// Tells the server the reader's time zone (console/middleware.py); times on this page change with the next one.
(() => {
  "use strict";

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `tz=${encodeURIComponent(zone).replaceAll("%2F", "/")}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
})();
