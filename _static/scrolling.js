// Boxes that scroll sideways can be reached and moved with the keyboard; others are no stop
// on its way. A browser that does this by itself loses nothing.
(() => {
  const BOXES = ".highlight pre, .table-wrapper, div.math .katex-display";

  const isLaidOut = (box) => box.firstElementChild?.checkVisibility({ contentVisibilityAuto: true }) ?? true;
  // A table that is not laid out tells nothing of itself.
  const isWide = (box) => box.scrollWidth > box.clientWidth || (box.matches(".table-wrapper") && !isLaidOut(box));

  // All are measured before one is changed, so that the page is laid out once.
  function measure(boxes) {
    const wide = new Map(boxes.map((box) => [box, isWide(box)]));
    for (const [box, isStop] of wide) {
      if (isStop) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  const boxes = [...document.querySelectorAll(BOXES)];
  for (const box of boxes) if (!isLaidOut(box)) box.tabIndex = 0; // it may be wide
  const observer = new ResizeObserver((entries) => measure(entries.map(({ target }) => target)));
  for (const box of boxes) observer.observe(box);

  // What is far away is laid out, and told apart, before Tab leads there.
  const tab = ({ key }) => {
    if (key !== "Tab") return;
    removeEventListener("keydown", tab, true);
    measure(boxes);
  };
  addEventListener("keydown", tab, true);
})();
