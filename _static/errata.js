// Adds the section that is being read to the report of an error, when its link is followed.
(() => {
  const link = document.querySelector("a.errata");
  const sections = [...document.querySelectorAll("article section[id]")];
  let read = sections.at(-1)?.id ?? ""; // the section that was in sight before the foot

  const note = () => {
    const above = sections.filter((s) => s.getBoundingClientRect().top < innerHeight / 2);
    const foot = document.querySelector(".note-foot")?.getBoundingClientRect().top ?? Infinity;
    if (foot > innerHeight) read = above.at(-1)?.id ?? read;
  };
  addEventListener("scroll", note, { passive: true });
  note();

  link?.addEventListener("click", () => {
    const section = document.querySelector(":target")?.closest("section[id]")?.id || read;
    if (!section) return;
    const url = new URL(link.href);
    const body = url.searchParams.get("body").replace(/^(\S+?：\S+?)(#\S*)?$/m, `$1#${section}`);
    url.searchParams.set("body", body);
    link.href = url;
  });
})();
