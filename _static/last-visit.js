// Marks what is new or revised since the reader was last on the updates page. Loaded in the
// head, so that entries are marked before they are painted. What was seen stays in this
// browser: the newest date, and the entries of that date.
(() => {
  "use strict";

  const KEY = "updates-seen";
  const FIRST = "first";
  const MARK = "上次来访之后";
  const ABOUT = `标有“${MARK}”的，是你上次打开这一页之后新增或修订的。记录只存在这个浏览器里。`;
  const CLEAR = "清除来访记录";
  const CLEARED = "来访记录已清除。";

  // Storage may be denied altogether; then this page is like one without this script.
  function area(name) {
    try {
      const found = window[name];
      found.getItem(KEY);
      return found;
    } catch {
      return null;
    }
  }

  const visits = area("localStorage");
  const session = area("sessionStorage");
  if (!visits || !session) return;

  function read(from) {
    try {
      const found = JSON.parse(from.getItem(KEY));
      const isRecord = typeof found.date === "string" && typeof found.last === "string";
      return isRecord && Array.isArray(found.ids) ? found : null;
    } catch {
      return null;
    }
  }

  function write(to, record) {
    try {
      to.setItem(KEY, record);
    } catch {
      // A full or denied storage keeps no record.
    }
  }

  // The baseline of a session stays: going back or loading again shows the same marks. On a
  // first visit there is none, and there is none until the session ends.
  const isFirst = session.getItem(KEY) === FIRST || !read(visits);
  const base = isFirst ? null : read(session) || read(visits);

  function describe(entry) {
    const part = (name) => entry.querySelector(`.update-${name}`)?.textContent ?? "";
    const path = new URL(entry.querySelector(".update-title a").href).pathname;
    return { path, date: part("date"), id: [path, part("kind"), part("text")].join("\n") };
  }

  // Of the last date that was seen only a first page of entries may be known, in the order
  // of their addresses up to `last`; what stands behind it is not called new.
  function isNew({ path, date, id }) {
    if (date !== base.date) return date > base.date;
    return path <= base.last && !base.ids.includes(id);
  }

  function mark(entry) {
    entry.dataset.seen = "";
    if (!base || !isNew(describe(entry))) return;
    const badge = document.createElement("span");
    badge.className = "update-since";
    badge.textContent = MARK;
    entry.querySelector(".update-event").append(" ", badge);
  }

  function explain(list) {
    list.dataset.seen = "";
    if (!base) return;
    const line = document.createElement("p");
    const button = document.createElement("button");
    line.className = "last-visit";
    line.textContent = `${ABOUT} `;
    button.type = "button";
    button.textContent = CLEAR;
    button.addEventListener("click", () => {
      visits.removeItem(KEY);
      session.removeItem(KEY);
      document.querySelectorAll(".update-since").forEach((badge) => badge.remove());
      line.textContent = CLEARED;
      line.setAttribute("role", "status");
    });
    line.append(button);
    list.before(line);
  }

  // What an entry tells of itself is whole when something stands behind it, or when the page is.
  function markParsed(isWhole) {
    document.querySelectorAll(".updates:not([data-seen])").forEach(explain);
    for (const entry of document.querySelectorAll(".update:not([data-seen])")) {
      if (isWhole || entry.querySelector(".update-event + *")) mark(entry);
    }
  }

  function remember() {
    if (document.querySelector(".pager-previous")) return; // not the page of the newest
    const seen = [...document.querySelectorAll(".update")].map(describe);
    const date = seen.reduce((newest, entry) => (entry.date > newest ? entry.date : newest), "");
    const newest = seen.filter((entry) => entry.date === date);
    const isAll = newest.length < seen.length || !document.querySelector(".pager-next");
    const last = isAll ? "\uffff" : newest[newest.length - 1].path;
    const record = { date, last, ids: newest.map((entry) => entry.id) };
    write(session, base ? JSON.stringify(base) : FIRST);
    write(visits, JSON.stringify(record));
  }

  const observer = new MutationObserver(() => markParsed(false));
  observer.observe(document, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", () => {
    observer.disconnect();
    markParsed(true);
    remember();
  });
})();
